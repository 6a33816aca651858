"""The part of GitHub's API that the actions of deploy/actions call: pull requests of a branch, and comments on them.

    python pulls.py TOKEN

Prints its port; ends when its standard input does. GET /opened tells what was opened, GET /comments what was said; POST
/forks opens a pull request of somebody else, with a comment of theirs that looks like an answer.
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
COMMENTS: list[Any] = []
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
        if parts.path == "/comments":
            ours = [comment for comment in COMMENTS if comment["user"]["login"] == "github-actions[bot]"]
            return self.answer(200, ours)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        if parts.path.endswith("/comments"):
            number = int(parts.path.split("/")[-2])
            return self.answer(200, [comment for comment in COMMENTS if comment["pull"] == number])
        head = urllib.parse.parse_qs(parts.query)["head"][0]
        found = [pull for pull in OPENED if head in (pull.get("from"), f"acme:{pull['head']}")]
        return self.answer(200, found)

    def do_POST(self) -> Any:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/forks":
            number = len(OPENED) + 1
            OPENED.append({"from": body["head"], "number": number, "head": {"sha": body["sha"]}})
            COMMENTS.append(
                {"id": 1000 + number, "pull": number, "body": "<!-- strata review -->", "user": {"login": "somebody"}}
            )
            return self.answer(201, {})
        if self.headers.get("Authorization") == f"Bearer {TOKEN}" and self.path.endswith("/comments"):
            number = int(self.path.split("/")[-2])
            login = {"login": "github-actions[bot]"}
            COMMENTS.append({"id": len(COMMENTS) + 1, "pull": number, "body": body["body"], "user": login})
            return self.answer(201, COMMENTS[-1])
        if self.headers.get("Authorization") != f"Bearer {TOKEN}" or not self.path.endswith("/pulls"):
            return self.answer(401, {"message": "Bad credentials"})
        OPENED.append(body)
        return self.answer(201, body)

    def do_PATCH(self) -> Any:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        comment = next(comment for comment in COMMENTS if comment["id"] == int(self.path.rsplit("/", 1)[1]))
        comment["body"] = body["body"]
        return self.answer(200, comment)


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
