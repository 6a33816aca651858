"""The part of GitHub's API that deploy/workflows/bump.yml calls: lists pull requests of a branch, and opens one.

    python pulls.py TOKEN

Prints its port; ends when its standard input does. GET /opened tells what was opened.
https://docs.github.com/en/rest/pulls/pulls
"""

from __future__ import annotations

import http.server
import json
import sys
import threading
import urllib.parse
from typing import Any

OPENED: list[Any] = []
TOKEN = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, value: Any) -> None:
        body = json.dumps(value, indent=2).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> Any:
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/opened":
            return self.answer(200, OPENED)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        head = urllib.parse.parse_qs(parts.query)["head"][0].split(":", 1)[1]
        return self.answer(200, [pull for pull in OPENED if pull["head"] == head])

    def do_POST(self) -> Any:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}" or not self.path.endswith("/pulls"):
            return self.answer(401, {"message": "Bad credentials"})
        OPENED.append(body)
        return self.answer(201, body)


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
