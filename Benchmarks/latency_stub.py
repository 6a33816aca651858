"""AWS Lambda and STS on loopback, reduced to their latency: for measuring clients, which a real implementation would hide.

    python latency_stub.py [--latency MILLISECONDS] [--bandwidth MB_PER_SECOND] [--tls CERTIFICATE KEY]

Reads and throws away what is sent, waits, and gives an answer of the right shape; nothing is checked. `--bandwidth`
limits each connection. Prints its port and ends when its standard input does.

TLS costs the server as much as its clients, so that as many processes as there are processors share the connections.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import signal
import socket
import ssl
import sys
import threading
import time
from typing import Any

ACCOUNT = "111122223333"
DIGEST = base64.b64encode(bytes(32)).decode()
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult>"
    f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def answer(path: str, head: str) -> Any:
    if path == "/":
        return IDENTITY
    if path.endswith("/policy"):
        return json.dumps({"Statement": "{}", "RevisionId": "1"})
    match = re.search(r"Credential=[^/]+/\d+/([^/]+)/", head)
    region = match.group(1) if match else ""
    name = path.split("/")[3]
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:layer:{name}"
    content = {"CodeSha256": DIGEST, "CodeSize": 1, "Location": "https://example.invalid/"}
    return json.dumps({"LayerArn": arn, "LayerVersionArn": f"{arn}:1", "Version": 1, "Content": content})


class Connection:
    def __init__(self, socket_: socket.socket, options: argparse.Namespace) -> None:
        self.socket, self.options = socket_, options
        self.buffer = bytearray(1 << 17)
        self.waiting = b""

    def serve(self) -> None:
        while request := self.head():
            lines = request.split("\r\n")
            path = lines[0].split(" ")[1].split("?")[0]
            fields = dict(line.lower().split(": ", 1) for line in lines[1:])
            if fields.get("expect") == "100-continue":
                self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.drop(int(fields.get("content-length", 0)))
            time.sleep(self.options.latency / 1000)
            body = answer(path, request).encode()
            kind = b"text/xml" if path == "/" else b"application/json"
            status = b"200 OK" if path == "/" else b"201 Created"
            self.socket.sendall(
                b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body))

    def head(self) -> str | None:
        while b"\r\n\r\n" not in self.waiting:
            count = self.socket.recv_into(self.buffer)
            if count == 0:
                return None
            self.waiting += self.buffer[:count]
        head, self.waiting = self.waiting.split(b"\r\n\r\n", 1)
        return head.decode()

    def drop(self, length: int) -> None:
        """The body, at most as fast as the bandwidth allows."""
        begin = time.monotonic()
        taken = min(length, len(self.waiting))
        self.waiting = self.waiting[taken:]
        while taken < length:
            count = self.socket.recv_into(self.buffer, min(len(self.buffer), length - taken))
            if count == 0:
                return
            taken += count
            if self.options.bandwidth:
                time.sleep(max(0, begin + taken / (self.options.bandwidth * 1e6) - time.monotonic()))


def accept(listener: socket.socket, context: ssl.SSLContext | None, options: argparse.Namespace) -> None:
    while True:
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(accepted, context, options), daemon=True).start()


def serve(accepted: socket.socket, context: ssl.SSLContext | None, options: argparse.Namespace) -> None:
    try:
        with context.wrap_socket(accepted, server_side=True) if context else accepted as connection:
            Connection(connection, options).serve()
    except OSError:
        pass  # the client hung up


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=150)
    parser.add_argument("--bandwidth", type=float)
    parser.add_argument("--tls", nargs=2)
    options = parser.parse_args()
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    workers = []
    for _ in range(os.cpu_count() or 1):
        worker = os.fork()
        if worker == 0:
            sys.stdin.close()
            accept(listener, context, options)
        workers.append(worker)
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)


if __name__ == "__main__":
    main()
