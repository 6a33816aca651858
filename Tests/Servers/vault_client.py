"""What a client that is not ours (hvac) makes of `vault.py`, so that the stand-in cannot be bent to our own client.

    python vault_client.py URL ACCESS-KEY SECRET-KEY

Prints the value of `secret/strata/shared#text`, which the caller has stored, and what it stored beside it.
"""

from __future__ import annotations

import json
import sys
import uuid

import hvac
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest


def main() -> None:
    url, key, secret = sys.argv[1:]
    client = hvac.Client(url=url, token="hvs.root-token")
    keys = client.secrets.kv.v2
    name = f"strata/{uuid.uuid4()}"
    keys.create_or_update_secret(name, {"a": "1", "b": "x"}, cas=0)
    keys.patch(name, {"b": "2"})
    assert keys.read_secret_version(name, raise_on_deleted_version=True)["data"]["data"] == {"a": "1", "b": "2"}
    first = keys.read_secret_version(name, version=1, raise_on_deleted_version=True)["data"]
    assert first["data"]["b"] == "x" and first["metadata"]["version"] == 1
    refused(InvalidRequest, lambda: keys.create_or_update_secret(name, {"a": "3"}, cas=0))
    keys.delete_latest_version_of_secret(name)
    refused(InvalidPath, lambda: keys.read_secret_version(name, raise_on_deleted_version=True))
    refused(InvalidPath, lambda: keys.read_secret_version("strata/none", raise_on_deleted_version=True))
    refused(InvalidPath, lambda: keys.patch("strata/none", {"a": "1"}))

    other = hvac.Client(url=url)
    refused(InvalidRequest, lambda: other.auth.approle.login("role-1", "wrong"))
    other.auth.approle.login("role-1", "secret-1")
    refused(Forbidden, lambda: other.secrets.kv.v2.read_secret_version("forbidden", raise_on_deleted_version=True))

    cloud = hvac.Client(url=url)
    cloud.auth.aws.iam_login(key, secret, role="strata", region="us-east-1")
    found = cloud.secrets.kv.v2.read_secret_version("strata/shared", raise_on_deleted_version=True)["data"]["data"]
    cloud.secrets.kv.v2.patch("strata/shared", {"beside": "theirs"})
    print(json.dumps(found))


def refused(kind: type[Exception], call: object) -> None:
    """The call must fail as the client's own users would see it."""
    assert callable(call)
    try:
        call()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


if __name__ == "__main__":
    main()
