"""Looks for secrets where they must not be: in arguments and environments of processes, and in files.

    python secret_watch.py

Prints `0`, then takes samples of every process's command line and environment until a line of JSON comes:

    {"keys": {NAME: OPENSSH_PRIVATE_KEY}, "secrets": {NAME: TEXT}, "marks": {NAME: TEXT}, "folders": [FOLDER],
     "texts": {NAME: TEXT}, "until": TEXT}

The last may be left out; it is waited for until a process has it among its arguments. Then it searches the samples, every file below the folders, and the texts, and prints a line of JSON: for each key, secret or
mark where it was found. Marks are ordinary texts that do occur: they show that the search can find something.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

WINDOW = 24


def samples(found: set[tuple[str, bytes]], ended: threading.Event) -> None:
    while not ended.wait(0.002):
        for process in filter(str.isdigit, os.listdir("/proc")):
            for what in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{process}/{what}", "rb") as file:
                        found.add((what, file.read()))
                except OSError:
                    pass  # it has ended, or is somebody else's


def windows(data: bytes, size: int) -> set[Any]:
    return {data[start : start + size] for start in range(len(data) - size + 1)}


def traces(pem: str) -> Any:
    """What would betray an unencrypted ed25519 key: any 24 characters of its base64 in which only secret bytes are,
    and any 16 bytes of the seed, as they are or in hex. The rest of the file is public, or the same for all keys."""
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    blob = base64.b64decode(body)
    # string "ssh-ed25519", string public (32 bytes), string seed and public (64 bytes): the second mention is private.
    kind = b"\x00\x00\x00\x0bssh-ed25519"
    start = blob.rindex(kind) + len(kind) + 4 + 32 + 4
    seed = blob[start : start + 32]
    assert blob[start + 32 : start + 64] == blob[start - 36 : start - 4], "not an ed25519 key"
    first, last = -(-start * 4 // 3), (start + 32) * 4 // 3
    encoded = body[first:last].encode()
    hexadecimal = seed.hex().encode()
    return (
        windows(encoded, WINDOW) | windows(seed, 16) | windows(hexadecimal, 32) | windows(hexadecimal.upper(), 32)
    )


def pieces(text: str) -> Any:
    """What would betray a token or a key in PEM: any 20 characters of a line that is no armour, as they are or in base64,
    whatever stands before them."""
    found: Any = set()
    for line in text.splitlines():
        if line.startswith("-----"):
            continue
        found |= windows(line.encode(), 20)
        for shift in range(3):
            # The first and the last group share bytes with what is around.
            found |= windows(base64.b64encode(b"x" * shift + line.encode())[4:-4], WINDOW)
    return found


def files(folders: Iterable[str]) -> Iterator[Any]:
    for folder in folders:
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path), path.read_bytes()


def main() -> None:
    taken: set[tuple[str, bytes]] = set()
    ended = threading.Event()
    sampler = threading.Thread(target=samples, args=(taken, ended))
    sampler.start()
    print(0, flush=True)
    request = json.loads(sys.stdin.readline() or "{}")
    if "until" in request:
        # What runs for as long as this lasts is seen.
        while not any(request["until"].encode() in data for _, data in tuple(taken)):
            ended.wait(0.01)
    ended.set()
    sampler.join()
    needles = {name: traces(key) for name, key in request.get("keys", {}).items()}
    needles |= {name: pieces(text) for name, text in request.get("secrets", {}).items()}
    needles |= {name: {mark.encode()} for name, mark in request.get("marks", {}).items()}
    places = [*taken, *files(request.get("folders", []))]
    places += [(name, text.encode()) for name, text in request.get("texts", {}).items()]
    # Lines may be broken anywhere in a key's base64.
    places += [(place, data.replace(b"\r", b"").replace(b"\\n", b"").replace(b"\n", b"")) for place, data in places]
    answer = {
        name: sorted({place for place, data in places if any(trace in data for trace in wanted)})
        for name, wanted in needles.items()
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
