"""Runs a hook of a build back-end (PEP 517) over a source distribution, and prints what came of it.

    python -I -S sdist.py HOOK ARCHIVE FOLDER DATE ORDER BACKEND [PATH...]

HOOK is `requires` (prints a line of JSON: what else the back-end needs) or `wheel` (prints a line of JSON with the
wheel's name, and then its bytes in base64). The archive is unpacked below FOLDER, its files dated DATE, in the order of
their names or backwards. PATHs are the folders of the sources that the back-end itself is in. The back-end runs in a
process of its own, with this one's environment; what it prints is told only if it fails.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from typing import NoReturn

LARGEST = 128 << 20

BACKEND = """
import importlib, json, os, sys
sys.path.pop(0)
spec, hook, output, *paths = sys.argv[1:]
sys.path[:0] = paths
sys.argv = ["setup.py"]
module, _, attributes = spec.partition(":")
backend = importlib.import_module(module)
for attribute in filter(None, attributes.split(".")):
    backend = getattr(backend, attribute)
if hook == "requires":
    answer = list(getattr(backend, "get_requires_for_build_wheel", lambda settings: [])(None))
else:
    answer = backend.build_wheel(output, None, None)
with open(output + ".json", "w") as file:
    json.dump(answer, file)
"""


def fail(text: str) -> NoReturn:
    sys.stderr.write(text[-3000:] + "\n")
    raise SystemExit(1)


def unpack(archive: str, folder: str, backwards: bool) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for name in sorted(packed.namelist(), reverse=backwards):
                packed.extract(name, folder)
        return
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extraction_filter = tarfile.data_filter
        members = [member for member in tar if member.isfile() or member.isdir() or member.issym() or member.islnk()]
        for member in sorted(members, key=lambda member: member.name, reverse=backwards):
            tar.extract(member, folder, set_attrs=False)
            if member.isfile():
                os.chmod(os.path.join(folder, member.name), 0o755 if member.mode & 0o100 else 0o644)


def date(folder: str, moment: int) -> None:
    for path, folders, files in os.walk(folder, topdown=False):
        for name in files + folders:
            os.utime(os.path.join(path, name), (moment, moment), follow_symlinks=False)


def call(command: list[str], folder: str) -> tuple[int, str]:
    """Runs a command in a folder: its status, and the end of what it printed, kept in memory: the disk may be full."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = bytearray()

    def listen() -> None:
        assert process.stdout
        while part := os.read(process.stdout.fileno(), 1 << 16):
            said.extend(part)
            del said[:-3000]

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    status = process.wait()
    # What it has left running may hold the pipe open.
    listener.join(2)
    return status, " ".join(bytes(said).decode("utf-8", "replace").split("\n")[-12:]).strip()


def main() -> None:
    hook, archive, folder, moment, order, backend, *paths = sys.argv[1:]
    os.umask(0o022)
    os.makedirs(folder)
    try:
        unpack(archive, folder, order == "backwards")
    except (OSError, ValueError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        fail(f"the source distribution cannot be unpacked: {error}")
    tops = os.listdir(folder)
    if len(tops) != 1 or not os.path.isdir(os.path.join(folder, tops[0])):
        fail("the source distribution is not one folder")
    source = os.path.join(folder, tops[0])
    date(folder, int(moment))
    output = folder + ".out"
    os.mkdir(output)
    known = [os.path.realpath(os.path.join(source, path)) for path in paths]
    if any(path != source and not path.startswith(source + "/") for path in known):
        fail("'backend-path' leads out of the source distribution")
    status, said = call([sys.executable, "-S", "-s", "-c", BACKEND, backend, hook, output, *known], source)
    if status != 0:
        fail(f"{said} (the back-end ended with status {status})")
    with open(output + ".json") as file:
        answer = json.load(file)
    if hook == "requires":
        print(json.dumps({"requires": [str(line) for line in answer]}))
        return
    wheel = os.path.join(output, os.path.basename(str(answer)))
    if os.path.islink(wheel) or not os.path.isfile(wheel) or os.path.getsize(wheel) > LARGEST:
        fail(f"the back-end made no wheel, or one of more than {LARGEST >> 20} MB")
    print(json.dumps({"wheel": os.path.basename(wheel)}))
    with open(wheel, "rb") as made:
        while part := made.read(45 << 10):
            print(base64.b64encode(part).decode())


main()
