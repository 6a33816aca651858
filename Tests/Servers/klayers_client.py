"""Asks a rendered site for a layer as users of Klayers do: the cdk-klayers package, of which only the address is changed.

    python3 klayers_client.py SITE PYTHON REGION LAYER     prints the ARN
"""

from __future__ import annotations

import functools
import http.server
import os
import sys
import threading
import unittest.mock
from typing import Any

import aws_cdk
from cdk_klayers import Klayers


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    site, python, region, layer = sys.argv[1:]
    handler = functools.partial(Quiet, directory=os.path.abspath(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack = aws_cdk.Stack(
            aws_cdk.App(), "Test", env=aws_cdk.Environment(account="123456789012", region=region))
        runtime = getattr(aws_cdk.aws_lambda.Runtime, "PYTHON_" + python.replace(".", "_"))
        with unittest.mock.patch.object(Klayers, "base_url", f"http://127.0.0.1:{server.server_address[1]}/api/v2"):
            klayers = Klayers(stack, python_version=runtime, region=region)
            print(klayers.layer_version(stack, layer).layer_version_arn)
        server.shutdown()


if __name__ == "__main__":
    main()
