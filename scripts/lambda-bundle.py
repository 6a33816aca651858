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
import sys
import tempfile
import zipfile

import bundle

ROOT = "/var/task"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DIRECT_LIMIT, UNZIPPED_LIMIT = 50 * 1024 * 1024, 250 * 1024 * 1024


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
    pathlib.Path(output).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder).resolve() / "task"
        loader = bundle.contents(tree, strata, uv)
        bundle.stripped(strata, tree / "bootstrap")
        bundle.look_in(tree / "bootstrap", "lib", "--set-interpreter", f"{ROOT}/lib/{loader}")
        bundle.look_in(bundle.interpreter(tree), "../lib", "--set-interpreter", f"{ROOT}/lib/{loader}")
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
