#!/usr/bin/env python3
"""Prints how many files and lines each module has, and each tier of tests. Only what git keeps is counted."""

from __future__ import annotations

import collections
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENDS = {".swift", ".c", ".h", ".py"}


def main() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    counts: dict[str, list[int]] = collections.defaultdict(list)
    for name in filter(None, listed.split("\0")):
        path = pathlib.PurePath(name)
        folder = path.parts[0]
        if path.suffix not in ENDS or folder not in ("Sources", "Tests", "Benchmarks", "Fuzz", "scripts"):
            continue
        part = "/".join(path.parts[:2]) if folder in ("Sources", "Tests") else folder
        counts[part].append((ROOT / path).read_bytes().count(b"\n"))
    print(f"{'':28}{'files':>7}{'lines':>8}{'median':>8}{'longest':>9}")
    for part in sorted(counts):
        row(part, counts[part])
    for folder in ("Sources", "Tests"):
        row(f"{folder}, all", [lines for part in counts if part.startswith(f"{folder}/") for lines in counts[part]])


def row(name: str, lines: list[int]) -> None:
    middle = sorted(lines)[len(lines) // 2]
    print(f"{name:28}{len(lines):7,}{sum(lines):8,}{middle:8,}{max(lines):9,}")


if __name__ == "__main__":
    main()
