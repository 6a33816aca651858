"""A package index on loopback that does what a test tells it.

Prints its port, and ends when its standard input does. Wheels are made from a catalogue:

    PUT /control/catalogue  {"name": [{"version": "1.0", "requires": [], "python": ">=3.8",
                             "tags": ["py3-none-any"], "sdist": false, "sources": {"setup.py": ""}, "yanked": false,
                             "uploaded": "2024-01-01T00:00:00Z", "payload": 0}]}
    PUT /control/settings   {"latency": 0.03, "validators": true, "format": "json", "user": "name:password",
                             "cut": {"file": bytes}, "status": {"/path": [503, 503]},
                             "redirect": {"/path": "url"}, "stall": "file"}
    PUT /control/file/NAME  a file's bytes, until the next catalogue
    GET /control/log        [{"path": ..., "status": ..., "range": ..., "conditional": true}]
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import random
import struct
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

lock = threading.Lock()
log: list[Any] = []
settings: dict[str, Any] = {}
projects: dict[str, Any] = {}
files: dict[str, Any] = {}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def elf(
    machine: int = 62, needed: tuple[str, ...] = (), runpath: str | None = None, symbols: tuple[str, ...] = (),
    versions: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A library: a program header for all of it, one for the dynamic section, and names.

    `versions` are pairs of a library and of a version that its symbols must have.
    """
    strings, tags = b"\0", []
    for tag, texts in ((1, needed), (29, [runpath] if runpath else []), (None, symbols)):
        for text in texts:
            if tag:
                tags.append((tag, len(strings)))
            strings += text.encode() + b"\0"
    wanted = b""
    for index, (library, version) in enumerate(versions):
        following = 32 if index + 1 < len(versions) else 0
        wanted += struct.pack("<HHIII", 1, 1, len(strings), 16, following)
        strings += library.encode() + b"\0"
        wanted += struct.pack("<IHHII", 0, 0, 2, len(strings), 0)
        strings += version.encode() + b"\0"
    base, at = 0x10000, 64 + 2 * 56
    end = at + (len(tags) + 3 + (2 if versions else 0)) * 16
    if versions:
        tags += [(0x6FFFFFFE, base + end), (0x6FFFFFFF, len(versions))]
    tags += [(5, base + end + len(wanted)), (10, len(strings)), (0, 0)]
    size = end + len(wanted) + len(strings)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 4096)
    head += struct.pack("<IIQQQQQQ", 2, 6, at, base + at, base + at, end - at, end - at, 8)
    return head + b"".join(struct.pack("<QQ", *tag) for tag in tags) + wanted + strings


def wheel(name: str, release: Any, tag: str) -> tuple[Any, Any]:
    """A wheel's bytes and its METADATA, the same for the same catalogue."""
    module = name.replace("-", "_")
    info = f"{module}-{release['version']}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {release['version']}\n"
    license = release.get("license")
    metadata += "License: MIT\n" if license is None else f"License-Expression: {license}\n" if license else ""
    metadata += "Summary: Made for a test\n"
    if release.get("homepage"):
        metadata += f"Project-URL: Homepage, {release['homepage']}\n"
    if release.get("python"):
        metadata += f"Requires-Python: {release['python']}\n"
    metadata += "".join(f"Requires-Dist: {r}\n" for r in release.get("requires", []))
    metadata += "".join(f"Provides-Extra: {e}\n" for e in release.get("extras", []))
    contents = {
        f"{module}/__init__.py": f"version = '{release['version']}'\n".encode(),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    contents.update({path: text.encode() for path, text in release.get("files", {}).items()})
    contents.update({path: elf(**about) for path, about in release.get("elf", {}).items()})
    if release.get("payload"):
        contents[f"{module}/payload.bin"] = random.Random(name).randbytes(release["payload"])
    record = ""
    for path, data in contents.items():
        value = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={value},{len(data)}\n"
    if release.get("lying_record"):
        record = record.replace("sha256=", "sha256=A", 1)
    contents[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            entry = zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue(), metadata.encode()


def sdist(folder: str, sources: dict[str, str] | None) -> bytes:
    """A source distribution's bytes, the same for the same files."""
    if sources is None:
        return b"no archive, and nobody should open it"
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in sorted(sources.items()):
            member = tarfile.TarInfo(f"{folder}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def set_catalogue(catalogue: dict[str, Any]) -> None:
    made, pages = {}, {}
    for name, releases in catalogue.items():
        rows = []
        for release in releases:
            common = {"requires-python": release.get("python"), "yanked": release.get("because") or release.get("yanked", False)}
            if release.get("uploaded"):
                common["upload-time"] = release["uploaded"]
            for tag in release.get("tags", ["py3-none-any"]):
                filename = f"{name.replace('-', '_')}-{release['version']}-{tag}.whl"
                data, metadata = wheel(name, release, tag)
                made[filename], made[filename + ".metadata"] = data, metadata
                rows.append({"filename": filename, "url": f"/files/{filename}", "size": len(data),
                             "hashes": {"sha256": digest(data)},
                             "core-metadata": {"sha256": digest(metadata)}, **common})
            if release.get("sdist"):
                filename = f"{name}-{release['version']}.tar.gz"
                made[filename] = sdist(f"{name}-{release['version']}", release.get("sources"))
                rows.append({"filename": filename, "url": f"/files/{filename}", "size": len(made[filename]),
                             "hashes": {"sha256": digest(made[filename])}, **common})
        pages[name] = rows
    with lock:
        files.clear()
        files.update(made)
        projects.clear()
        projects.update(pages)


class Activity:
    """Which requests are being answered: a client that has gone leaves some behind, which are not the next one's."""

    def __init__(self) -> None:
        self.count, self.last = 0, 0.0

    def __enter__(self) -> None:
        with lock:
            self.count += 1

    def __exit__(self, *_: Any) -> None:
        with lock:
            self.count -= 1
            self.last = time.monotonic()

    def wait_for_quiet(self) -> None:
        """Returns when nothing was asked for a moment; after 20 s in any case, for what a test holds up."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with lock:
                if self.count == 0 and time.monotonic() - self.last > 0.2:
                    return
            time.sleep(0.02)


activity = Activity()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: Any) -> None:
        # Written before the answer: whoever has that may ask for the log at once, or begin a new one.
        if not self.path.startswith("/control/"):
            with lock:
                log.append({"path": self.path, "status": status, "range": self.headers.get("Range"),
                            "conditional": self.headers.get("If-None-Match") is not None})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/control/file/"):
            with lock:
                files[self.path.removeprefix("/control/file/")] = data
            return self.answer(200)
        body = json.loads(data)
        if self.path == "/control/catalogue":
            set_catalogue(body)
        else:
            activity.wait_for_quiet()
            with lock:
                settings.clear()
                settings.update(body)
                log.clear()
        self.answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> Any:
        if self.path == "/control/log":
            with lock:
                body = json.dumps(log).encode()
            return self.answer(200, body, Content_Type="application/json")
        with activity:
            return self.serve()

    def serve(self) -> Any:
        time.sleep(settings.get("latency", 0))
        with lock:
            faults = settings.get("status", {}).get(self.path)
            status = faults.pop(0) if faults else None
        if status:
            return self.answer(status)
        if self.path in settings.get("redirect", {}):
            return self.answer(302, Location=settings["redirect"][self.path])
        user = settings.get("user")
        if user and self.headers.get("Authorization") != "Basic " + base64.b64encode(user.encode()).decode():
            return self.answer(401, WWW_Authenticate="Basic realm=index")
        parts = self.path.strip("/").split("/")
        if parts == ["simple"]:
            return self.answer(200, b"<!DOCTYPE html><html><body></body></html>", Content_Type="text/html")
        if parts[0] == "simple" and len(parts) == 2:
            return self.page(parts[1])
        if parts[0] == "files" and len(parts) == 2:
            return self.file(parts[1])
        return self.answer(404)

    def page(self, name: str) -> Any:
        with lock:
            rows = projects.get(name)
        if rows is None:
            return self.answer(404)
        if settings.get("format") == "html":
            links = ""
            for row in rows:
                attributes = f'href="{row["url"]}#sha256={row["hashes"]["sha256"]}"'
                if row["requires-python"]:
                    attributes += f' data-requires-python="{html.escape(row["requires-python"])}"'
                if row["yanked"]:
                    attributes += ' data-yanked=""'
                links += f"<a {attributes}>{row['filename']}</a><br>\n"
            body, kind = f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"
        else:
            page = {"meta": {"api-version": "1.1"}, "name": name, "files": rows,
                    "versions": sorted({row["filename"].split("-")[1] for row in rows})}
            body, kind = json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
        headers = {"Content_Type": kind}
        if settings.get("validators"):
            headers["ETag"] = f'"{digest(body)[:16]}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                return self.answer(304, b"", **headers)
        return self.answer(200, body, **headers)

    def file(self, name: str) -> Any:
        with lock:
            body = files.get(name)
            cut = settings.get("cut", {}).pop(name, None)
        if body is None:
            return self.answer(404)
        if settings.get("corrupt") == name:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if settings.get("stall") == name:
            # Promises everything, sends a byte, and waits for the client to go.
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:1])
            self.wfile.flush()
            self.rfile.read(1)
            self.close_connection = True
            return None
        wanted = self.headers.get("Range")
        if wanted and not settings.get("no_ranges"):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            if first and int(first) >= len(body):
                return self.answer(416, Content_Range=f"bytes */{len(body)}")
            start = int(first) if first else len(body) - int(last)
            end = int(last) + 1 if first and last else len(body)
            return self.answer(206, body[start:end], Accept_Ranges="bytes",
                               Content_Range=f"bytes {start}-{min(end, len(body)) - 1}/{len(body)}")
        if cut is None:
            return self.answer(200, body, Accept_Ranges="bytes")
        # Promises everything, sends a part and hangs up.
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
