"""Listens for what Strata tells: keeps every request, and answers as the path's first part asks.

    python listener.py

Prints its port and ends when its standard input does. `/ok/…` answers 200, `/fail/…` 500, `/limit/…` 429 the first time,
`/hang/…` never, `/moved/…` leads to `/ok/moved`. `/front/seen` gives the requests as JSON, `/front/become` with
`{"from": PART, "to": PART}` changes how a part is answered from now on.
"""

from __future__ import annotations

import http.server
import json
import sys
import threading
from typing import Any

seen: list[dict[str, Any]] = []
parts: dict[str, str] = {}
ended = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"ok", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/front/seen":
            self.answer(200, json.dumps(seen).encode())
            return
        if self.path == "/front/become":
            request = json.loads(body)
            parts[request["from"]] = request["to"]
            self.answer(200)
            return
        seen.append(
            {
                "method": self.command,
                "path": self.path,
                "type": self.headers.get("Content-Type") or "",
                "body": body.decode(),
            }
        )
        part = self.path.split("/")[1]
        part = parts.get(part, part)
        first = sum(request["path"] == self.path for request in seen) == 1
        if part == "fail":
            self.answer(500)
        elif part == "limit" and first:
            self.answer(429, headers={"Retry-After": "1"})
        elif part == "moved":
            self.answer(302, headers={"Location": "/ok/moved"})
        elif part == "hang":
            ended.wait()
        else:
            self.answer(200)

    do_GET = do_POST = do_PUT = handle_any


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
