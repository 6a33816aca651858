#!/usr/bin/env python3
"""Makes the zip of the fleet's functions for Lambda's provided.al2023.

    lambda-bundle.py STRATA UV OUTPUT

The zip holds the program as `bootstrap`, its own loader and libraries (this machine's C library may be newer than
Lambda's), uv, a Python interpreter for uv to ask what Python is like, and certificates of authorities. Nothing of it
uses the system's libraries, so it starts in an empty root too. It must lie at /var/task, where Lambda puts it: a
loader's path is absolute. The same input gives the same bytes.
"""

from __future__ import annotations

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = "/var/task"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DIRECT_LIMIT, UNZIPPED_LIMIT = 50 * 1024 * 1024, 250 * 1024 * 1024
# Parts of the standard library that tell nothing about an interpreter.
UNUSED = {
    "__pycache__", "asyncio", "concurrent", "curses", "dbm", "dist-packages", "distutils", "ensurepip", "idlelib",
    "lib-dynload", "lib2to3", "msilib", "multiprocessing", "pydoc_data", "site-packages", "sqlite3", "test", "tests",
    "tkinter", "turtledemo", "unittest", "venv", "wsgiref", "xmlrpc",
}  # fmt: skip


def libraries(program: str) -> dict[str, str]:
    """The loader and the libraries that a program needs, by the names that it asks for."""
    found: dict[str, str] = {}
    for line in subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if "=>" in words:
            path = words[words.index("=>") + 1]
            if not path.startswith("/"):
                raise SystemExit(f"{program} needs {words[0]}, which is not on this machine")
            found[words[0]] = path
        elif words and words[0].startswith("/"):
            found[os.path.basename(words[0])] = words[0]
    return found


def place(source: str | pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(os.path.realpath(source), target)
    target.chmod(0o755 if os.access(source, os.X_OK) or ".so" in target.name else 0o644)


def program(source: str, tree: pathlib.Path, name: str, patchelf: str, loader: str) -> None:
    """A program that finds its loader and its libraries in the bundle."""
    target = tree / name
    place(source, target)
    target.chmod(0o755)
    subprocess.run(["strip", "--strip-all", target], check=True)
    up = "/".join([".."] * name.count("/")) or "."
    subprocess.run(
        [patchelf, "--set-interpreter", f"{ROOT}/lib/{loader}", "--force-rpath", "--set-rpath", f"$ORIGIN/{up}/lib", target],
        check=True,
    )


def interpreter(tree: pathlib.Path, patchelf: str, loader: str) -> str:
    """This machine's python3 without what uv does not ask for."""
    executable = os.path.realpath("/usr/bin/python3")
    version = subprocess.run(
        [executable, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    program(executable, tree, "python/bin/python3", patchelf, loader)
    for folder, names, files in os.walk(version):
        names[:] = sorted(name for name in names if name not in UNUSED and not name.startswith("config-"))
        for name in files:
            if name.endswith(".py"):
                source = pathlib.Path(folder) / name
                place(source, tree / "python/lib" / os.path.basename(version) / source.relative_to(version))
    return executable


def write(tree: pathlib.Path, output: str) -> int:
    """A zip of the same bytes for the same files."""
    unzipped = 0
    with zipfile.ZipFile(output, "w") as archive:
        for path in sorted(tree.rglob("*"), key=lambda path: str(path.relative_to(tree))):
            if path.is_dir():
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(tree)), (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o100000 | (path.stat().st_mode & 0o777)) << 16
            data = path.read_bytes()
            unzipped += len(data)
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return unzipped


def main() -> None:
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    strata, uv, output = sys.argv[1:]
    patchelf = shutil.which("patchelf", path=os.path.dirname(sys.executable) + ":" + os.environ.get("PATH", ""))
    if not patchelf:
        raise SystemExit("lambda-bundle: patchelf is missing; 'make lambda' installs it")
    if b"INTERP" in subprocess.run(["readelf", "-lW", uv], check=True, capture_output=True).stdout:
        raise SystemExit(f"lambda-bundle: {uv} needs a loader; the one for musl does not")
    pathlib.Path(output).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder).resolve() / "task"
        needed = {**libraries(strata), **libraries(os.path.realpath("/usr/bin/python3"))}
        loader = next(name for name in needed if name.startswith("ld-linux"))
        for name, path in needed.items():
            place(path, tree / "lib" / name)
        program(strata, tree, "bootstrap", patchelf, loader)
        interpreter(tree, patchelf, loader)
        place(uv, tree / "bin/uv")
        (tree / "bin/uv").chmod(0o755)
        place(AUTHORITIES, tree / "etc/ca-certificates.crt")
        unzipped = write(tree, output)
    tell(output, unzipped)


def tell(output: str, unzipped: int) -> None:
    zipped = os.path.getsize(output)
    print(f"{output} for {platform.machine()}")
    for name, size, limit in (("zipped", zipped, DIRECT_LIMIT), ("unzipped", unzipped, UNZIPPED_LIMIT)):
        print(f"  {name:9} {size / 1048576:6.1f} MiB of {limit / 1048576:.0f} MiB")
    if zipped > DIRECT_LIMIT:
        print("  It is too large to be sent with a request, so it goes through S3, as 'strata deploy' does it.")
    if unzipped > UNZIPPED_LIMIT:
        raise SystemExit("lambda-bundle: Lambda takes no function of that size")


if __name__ == "__main__":
    main()
