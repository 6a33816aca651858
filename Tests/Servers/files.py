"""Serves a folder over HTTP: a site, as any host of files would. Prints its port and ends when its standard input does.

    python3 files.py FOLDER
"""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from typing import Any


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    handler = functools.partial(Handler, directory=sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
