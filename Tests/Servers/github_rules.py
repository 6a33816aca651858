"""What GitHub's API tells everybody of a repository: its branches' protection and rules, and whether Pages is on.

The first part of the path says which repository it is: open, ruled, private, archived or throttled. Refuses whoever shows a
token. Prints its port; ends when its standard input does.
https://docs.github.com/en/rest/branches/branches https://docs.github.com/en/rest/repos/rules
"""

from __future__ import annotations

import http.server
import json
import sys
import threading
from typing import Any

RULES = {"main": ["deletion", "pull_request"], "gh-pages": ["non_fast_forward"]}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        kind, _, path = self.path[1:].partition("/repos/acme/layers")
        if "Authorization" in self.headers:
            return self.answer(401, {"message": "Bad credentials"})
        if kind == "throttled":
            return self.answer(403, {"message": "API rate limit exceeded"})
        if kind == "private":
            return self.answer(404, {"message": "Not Found"})
        is_ruled = kind == "ruled"
        if path == "":
            return self.answer(200, {"archived": kind == "archived", "has_pages": not is_ruled, "private": False})
        branch = path.rsplit("/", 1)[1]
        if path.startswith("/rules/"):
            return self.answer(200, [{"type": rule} for rule in RULES[branch]] if is_ruled else [])
        return self.answer(200, {"name": branch, "protected": is_ruled and branch == "main"})


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
