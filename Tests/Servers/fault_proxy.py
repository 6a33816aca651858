"""A proxy on loopback that breaks what goes through it, as it is told.

    python fault_proxy.py UPSTREAM_PORT [--port 0]

Prints its port and ends when its standard input does. `POST /faults` takes a list of rules, replacing the ones before:

    {"region": "eu-west-1", "operation": "PublishLayerVersion", "fault": "drop_answer", "times": 1}

`GET /faults` tells how often each region's operations were made to fail, as `{"eu-west-1 PublishLayerVersion": 1}`.
`region` and `operation` may be left out, and then match all; `times` too, and then the rule never ends. The faults:

    reset        the connection is reset before the request is passed on
    stall        the request is read and nothing ever comes
    status       an answer with `status`, with `retry_after`, the error's `code`, `headers` and `body` if given; nothing
                 is passed on
    delay        the answer comes `seconds` later
    truncate     half of the answer's body, then the end
    corrupt      the answer's body with its bytes changed
    drop_answer  the request takes effect, and the connection is reset instead of the answer
"""

from __future__ import annotations

import argparse
import collections
import http.client
import http.server
import json
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterable
from typing import Any

OPERATIONS = [
    ("POST", r"/2018-10-31/layers/[^/]+/versions", "PublishLayerVersion"),
    ("GET", r"/2018-10-31/layers/[^/]+/versions", "ListLayerVersions"),
    ("GET", r"/2018-10-31/layers/[^/]+/versions/\d+", "GetLayerVersion"),
    ("DELETE", r"/2018-10-31/layers/[^/]+/versions/\d+", "DeleteLayerVersion"),
    ("POST", r"/2018-10-31/layers/[^/]+/versions/\d+/policy", "AddLayerVersionPermission"),
    ("GET", r"/2018-10-31/layers/[^/]+/versions/\d+/policy", "GetLayerVersionPolicy"),
    ("DELETE", r"/2018-10-31/layers/[^/]+/versions/\d+/policy/.+", "RemoveLayerVersionPermission"),
    ("GET", r"/2016-08-19/account-settings", "GetAccountSettings"),
    ("POST", r"/2015-03-31/functions", "CreateFunction"),
    ("GET", r"/2015-03-31/functions/[^/]+/configuration", "GetFunctionConfiguration"),
    ("POST", r"/2015-03-31/functions/[^/]+/invocations", "Invoke"),
    ("DELETE", r"/2015-03-31/functions/[^/]+", "DeleteFunction"),
]


class Rules:
    """What is to go wrong."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rules: list[Any] = []
        self.counts: collections.Counter[Any] = collections.Counter()

    def replace(self, rules: list[dict[str, Any]]) -> None:
        with self.lock:
            self.rules = rules
            self.counts.clear()

    def take(self, region: str, operation: str) -> Any:
        """The first rule that matches, counted; None if all is to go well."""
        with self.lock:
            for rule in self.rules:
                if rule.get("region", region) != region or rule.get("operation", operation) != operation:
                    continue
                if rule.get("times") == 0:
                    continue
                if "times" in rule:
                    rule["times"] -= 1
                self.counts[f"{region} {operation}"] += 1
                return rule
        return None


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rules = Rules()
    upstream = 0

    def handle_any(self) -> Any:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/faults" and self.command == "GET":
            return self.answer(200, [], json.dumps(self.rules.counts).encode())
        if self.path == "/faults":
            self.rules.replace(json.loads(body))
            return self.answer(200, [], b"{}")
        rule = self.rules.take(self.region(), self.operation(body)) or {}
        fault = rule.get("fault")
        if fault == "reset":
            return self.reset()
        if fault == "stall":
            return self.stall()
        if fault == "status":
            after = [("Retry-After", str(rule["retry_after"]))] if "retry_after" in rule else []
            if "code" in rule:
                after.append(("x-amzn-ErrorType", rule["code"]))
            after += rule.get("headers", {}).items()
            return self.answer(rule["status"], after, rule.get("body", '{"message":"made to fail"}').encode())
        if fault == "delay":
            time.sleep(rule["seconds"])
        status, headers, answer = self.forward(body)
        if fault == "drop_answer":
            return self.reset()
        if fault == "corrupt":
            answer = bytes(byte ^ 0x15 for byte in answer)
        if fault == "truncate":
            self.answer(status, headers, answer, send=len(answer) // 2)
            self.close_connection = True
            return None
        return self.answer(status, headers, answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def region(self) -> Any:
        match = re.search(r"Credential=[^/]+/\d+/([^/]+)/", self.headers.get("Authorization", ""))
        return match.group(1) if match else None

    def operation(self, body: bytes) -> Any:
        target = self.headers.get("X-Amz-Target")
        if target:
            return target.split(".")[-1]
        path = urllib.parse.urlsplit(self.path).path
        for method, pattern, name in OPERATIONS:
            if method == self.command and re.fullmatch(pattern, path):
                return name
        if "/s3/aws4_request" in self.headers.get("Authorization", ""):
            return self.object_operation()
        action = urllib.parse.parse_qs(body[:10_000].decode(errors="replace")).get("Action")
        return action[0] if action else self.command

    def object_operation(self) -> str:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        if "uploads" in query:
            return "CreateMultipartUpload"
        if "uploadId" in query:
            return {"POST": "CompleteMultipartUpload", "PUT": "UploadPart"}.get(self.command, "AbortMultipartUpload")
        if "x-amz-copy-source" in self.headers:
            return "CopyObject"
        return {"HEAD": "HeadObject", "GET": "GetObject", "PUT": "PutObject"}.get(self.command, "DeleteObject")

    def forward(self, body: bytes) -> tuple[Any, Any, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, response.getheaders(), answer

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes, send: int | None = None) -> None:
        self.send_response_only(status)
        has_length = False
        for name, value in headers:
            if name.lower() in ("connection", "transfer-encoding"):
                continue
            # A HEAD's answer has a length and no body.
            has_length = has_length or name.lower() == "content-length"
            self.send_header(name, value)
        if not has_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if send is None else body[:send])

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Both files hold the socket open until they are closed.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True

    def stall(self) -> None:
        """Until the client has enough of it."""
        try:
            while self.connection.recv(4096):
                pass
        except OSError:
            pass
        self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            pass  # the client hung up, or we did

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *_: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def shutdown_request(self, request: Any) -> None:
        try:
            super().shutdown_request(request)
        except OSError:
            pass


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("upstream", type=int)
    arguments.add_argument("--port", type=int, default=0)
    options = arguments.parse_args()
    Proxy.upstream = options.upstream
    server = Server(("127.0.0.1", options.port), Proxy)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
