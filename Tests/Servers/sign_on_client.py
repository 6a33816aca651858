"""What AWS's own SDK for Python makes of a profile and of the token file that the caller has left.

    python sign_on_client.py PROFILE

Prints the access key id. The environment says where the files and the services are.
"""

from __future__ import annotations

import sys

import botocore.session


def main() -> None:
    credentials = botocore.session.Session(profile=sys.argv[1]).get_credentials()
    assert credentials is not None, "the profile has no credentials"
    print(credentials.get_frozen_credentials().access_key)


if __name__ == "__main__":
    main()
