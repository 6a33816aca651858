"""Archives that have the same bytes for the same files: sorted, of one time, of nobody in particular."""

from __future__ import annotations

import gzip
import io
import pathlib
import tarfile
from collections.abc import Iterable


def folder(name: str, mode: int = 0o755, owner: int = 0) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
    return entry, b""


def file(name: str, data: bytes, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = mode, len(data)
    return entry, data


def entries(root: pathlib.Path, name: str) -> list[tuple[tarfile.TarInfo, bytes]]:
    """All below a folder, under another name."""
    result = [folder(name)]
    for path in root.rglob("*"):
        inner = f"{name}/{path.relative_to(root)}"
        if path.is_dir():
            result.append(folder(inner))
        else:
            result.append(file(inner, path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644))
    return result


def tar(content: Iterable[tuple[tarfile.TarInfo, bytes]], epoch: int) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for entry, data in sorted(content, key=lambda pair: pair[0].name):
            entry.mtime = epoch
            archive.addfile(entry, io.BytesIO(data))
    return output.getvalue()


def compressed(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)
