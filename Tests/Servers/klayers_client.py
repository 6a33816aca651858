"""Asks a rendered site for layers as users of Klayers do: with cdk-klayers, of which only the address is changed.

    python3 klayers_client.py SITE PYTHON REGION LAYER...   prints the function's layers as the CDK synthesizes them
"""

from __future__ import annotations

import functools
import http.server
import os
import sys
import tempfile
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
    site, python, region, *layers = sys.argv[1:]
    handler = functools.partial(Quiet, directory=os.path.abspath(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, tempfile.TemporaryDirectory() as out:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app = aws_cdk.App(outdir=out)
        stack = aws_cdk.Stack(app, "Test", env=aws_cdk.Environment(account="123456789012", region=region))
        runtime = getattr(aws_cdk.aws_lambda.Runtime, "PYTHON_" + python.replace(".", "_"))
        with unittest.mock.patch.object(Klayers, "base_url", f"http://127.0.0.1:{server.server_address[1]}/api/v2"):
            klayers = Klayers(stack, python_version=runtime, region=region)
            aws_cdk.aws_lambda.Function(
                stack, "Function", runtime=runtime, handler="index.handler",
                code=aws_cdk.aws_lambda.Code.from_inline("def handler(event, context): pass"),
                layers=[klayers.layer_version(stack, layer) for layer in layers])
        template = app.synth().get_stack_by_name("Test").template
        for resource in template["Resources"].values():
            for arn in resource["Properties"].get("Layers", []):
                print(arn)
        server.shutdown()


if __name__ == "__main__":
    main()
