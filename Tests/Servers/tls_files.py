"""Serves a folder over HTTPS as localhost, with a certificate of an authority of its own.

    python3 tls_files.py FOLDER PLACE

Writes the authority to PLACE/ca.pem. Prints its port; ends when its standard input does.
"""

from __future__ import annotations

import functools
import http.server
import os
import ssl
import subprocess
import sys
import threading
from typing import Any


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    folder, place = sys.argv[1:]
    certificate, key = os.path.join(place, "ca.pem"), os.path.join(place, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = functools.partial(Handler, directory=os.path.join(place, folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
