"""The splice beside the usual ways to make a layer's zip from wheels, and beside the floor.

Wheels are fetched once; every way starts from the same ones, with warm caches, and runs as a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import measure

SETS = {
    "pandas": ["pandas"],
    "four large": ["numpy", "scikit-learn", "matplotlib", "opencv-python-headless"],
}
PLATFORMS = ["manylinux_2_34", "manylinux_2_31", "manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014"]
PYTHON = "3.12"


def fetch(requirements: Sequence[str], folder: pathlib.Path) -> Any:
    """The wheels that a layer for x86_64 needs, by the name that the index gave them."""
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        platforms = [f"--platform={name}_x86_64" for name in PLATFORMS]
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--only-binary=:all:",
             f"--python-version={PYTHON}", "--implementation=cp", *platforms, "-d", partial, *requirements], check=True)
        partial.rename(folder)
    return sorted(folder.glob("*.whl"))


def digest(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ways(wheels: Sequence[pathlib.Path], folder: pathlib.Path, tools: argparse.Namespace) -> dict[str, Any]:
    """Name → command. Each makes `folder/NAME.zip` (or copies what the floor copies)."""
    sources = [f"{w.name}={digest(w)}={w}" for w in wheels]
    target = folder / "tree"
    install = (
        f"'{tools.uv}' pip install --quiet --offline --no-index --no-deps --no-config --find-links '{wheels[0].parent}' "
        f"--python '{sys.executable}' --python-version {PYTHON} --python-platform x86_64-manylinux_2_34 "
        f"--target '{target}/python' " + " ".join(f"'{w}'" for w in wheels))

    def usual(command: Sequence[str]) -> list[Any]:
        return ["bash", "-c", f"set -e; {install}; cd '{target}'; {command}"]

    return {
        "splice": [tools.bench, "splice", folder / "splice.zip", *sources],
        "floor": [tools.bench, "floor", folder / "floor.copy", *sources],
        "uv + zip -r": usual(f"zip -qr '{folder}/zip.zip' python"),
        "uv + zip -0 -r": usual(f"zip -q0r '{folder}/stored.zip' python"),
        "uv + libdeflate, 2 threads": usual(f"'{tools.deflate}' '{folder}/deflate.zip' python"),
    }


def compare(name: str, wheels: Sequence[pathlib.Path], folder: pathlib.Path, tools: argparse.Namespace) -> Any:
    commands = ways(wheels, folder, tools)

    def before(_: str) -> None:
        shutil.rmtree(folder / "tree", ignore_errors=True)
        for old in folder.glob("*.zip"):
            old.unlink()
        (folder / "floor.copy").unlink(missing_ok=True)

    measure.by_turns(commands, 1, before)  # Caches are warm after this.
    # The slow ways once a round, the quick ones several times, since they are over before they are warm.
    samples = measure.by_turns(commands, tools.rounds, before)
    quick = {key: commands[key] for key in ("splice", "floor")}
    paired = measure.by_turns(quick, tools.rounds * 5, before)
    measured = measure.run(commands["splice"])
    size = (folder / "splice.zip").stat().st_size

    base = samples["splice"]
    rows = []
    for way, taken in samples.items():
        low, high = measure.spread(measure.ratios(taken, base))
        rows.append([
            way, measure.milliseconds(measure.median(taken, "wall")),
            f"{statistics.median(measure.ratios(taken, base)):.2f}× ({low:.2f}–{high:.2f})",
            measure.milliseconds(measure.median(taken, "cpu")),
            measure.megabytes(max(sample.anonymous for sample in taken)) if way in quick else "",
            measure.megabytes(measure.median(taken, "resident")) if way in quick else ""])
    against_floor = measure.ratios(paired["splice"], paired["floor"])
    low, high = measure.spread(against_floor)
    anonymous = max(sample.anonymous for sample in paired["splice"] + [measured])
    against_zip = statistics.median(measure.ratios(samples["uv + zip -r"], base))
    print(f"### {name}: {len(wheels)} wheels, {sum(w.stat().st_size for w in wheels) / 1e6:.0f} MB; "
          f"layer {size / 1e6:.0f} MB\n")
    print(measure.table(
        ["way", "wall, ms", "of the splice's wall", "CPU, ms", "RssAnon, MB", "peak RSS, MB"], rows))
    floor = statistics.median(against_floor)
    print(f"\n{against_zip:.0f} times faster than `zip -r` (goal: 40). {floor:.2f} times the floor "
          f"({low:.2f}–{high:.2f} in {len(against_floor)} pairs; goal: 1.5). "
          f"RssAnon {anonymous / 1e6:.1f} MB at most (goal: 32).\n")
    return against_zip >= 40 and floor <= 1.5 and anonymous < 32e6


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--deflate", required=True)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    tools = parser.parse_args()
    tools.work = tools.work.absolute()
    print("## Splicing\n")
    print(measure.machine() + f". Medians of {tools.rounds} rounds, by turns; in brackets the quartiles.\n")
    met = True
    for name, requirements in SETS.items():
        folder = tools.work / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["UV_CACHE_DIR"] = str(tools.work / "uv-cache")
        met &= compare(name, fetch(requirements, folder / "wheels"), folder, tools)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
