"""A registry that grows month by month, at several sizes: what each part of it comes to, and how fast that grows.

`decade-bench` makes it by the code that runs in earnest, with a clock of its own and regions that store nothing. What was
made stays in the folder, so that a second call goes on, and a larger number of months grows the same registry further.
The last column is the exponent between the two largest sizes: 1 is in step with the number of layers.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from typing import Any

import measure

#: What may be faster than linear before it is a defect: counts of few things are never quite even.
STEEPEST = 1.15
#: Entries that a folder of main may have.
FOLDER = 3000

#: A measure: what it is called, its value, and how it is written.
Measures = dict[str, float]


def megabytes(value: float) -> str:
    return f"{value / 1e6:,.1f} MB"


def seconds(value: float) -> str:
    return f"{value:,.2f} s"


def count(value: float) -> str:
    return f"{value:,.0f}"


def git(folder: pathlib.Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder / "registry.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def tree(folder: pathlib.Path, branch: str) -> tuple[int, int, int, str]:
    """The files of a branch, their bytes, and the folder that has the most entries."""
    files = size = 0
    entries: Counter[str] = Counter()
    for line in git(folder, "ls-tree", "-rt", "-l", branch).splitlines():
        about, _, path = line.partition("\t")
        entries[path.rpartition("/")[0]] += 1
        if about.split()[1] == "blob":
            files += 1
            size += int(about.split()[3])
    widest, most = entries.most_common(1)[0]
    return files, size, most, widest or "/"


def packed(folder: pathlib.Path, branch: str, before: str | None = None) -> int:
    """The bytes of a pack with all that a branch holds, or with what a push of it sends to who has the commit before."""
    command = ["git", "-C", str(folder / "registry.git"), "pack-objects", "--revs", "--thin", "--stdout", "-q"]
    wanted = branch + "\n" + (f"^{before}\n" if before else "")
    pack = subprocess.run(command, input=wanted.encode(), check=True, capture_output=True).stdout
    return len(pack)


def ledger(folder: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("ledger.sqlite*"))


def timed(command: list[str], **options: Any) -> tuple[Any, dict[str, int]]:
    """A command's sample, and the numbers that it printed as `WORD NUMBER…`."""
    with tempfile.TemporaryFile("w+") as output:
        sample = measure.run(command, stdout=output, **options)
        output.seek(0)
        words = [line.split() for line in output]
    return sample, {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdigit()}


def contents(folder: pathlib.Path) -> Measures:
    """What the registry holds now."""
    found: Measures = {"ledger, bytes": ledger(folder)}
    for branch, name in (("main", "main"), ("gh-pages", "site")):
        files, size, most, widest = tree(folder, branch)
        found |= {f"{name}, files": files, f"{name}, bytes": size, f"{name}, entries of its widest folder": most}
        if name == "main" and most > FOLDER:
            print(f"'{widest}' on main has {most:,} entries", file=sys.stderr)
    found["main, bytes of one pack"] = packed(folder, "main")
    return found


def work(bench: str, strata: str | None, folder: pathlib.Path) -> tuple[Measures, Measures]:
    """What it takes to do something with it: bytes and counts, and wall times."""
    taken: Measures = {}
    walls: Measures = {}

    def note(name: str, command: list[str], **options: Any) -> dict[str, int]:
        sample, printed = timed(command, **options)
        taken[f"{name}, peak RSS"], walls[name] = sample.resident, sample.wall
        return printed

    note("plan, all read", [bench, "whole", str(folder)])
    # What was published last is looked at once more, and then known to need nothing.
    measure.run([bench, "nothing", str(folder)])
    planned = note("plan", [bench, "plan", str(folder)])
    nothing = note("a run without change", [bench, "nothing", str(folder)])
    if nothing["published"]:
        raise SystemExit(f"a run without change published {nothing['published']}, after a plan of {planned['actions']}")
    if strata:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "STRATA_CACHE": str(folder / "cache")}
        name = sorted(path.split("/")[-2] for path in git(folder, "ls-tree", "-r", "--name-only", "main").splitlines()
                      if path.endswith("/releases.json"))[0]
        for words in (["status"], ["explain", name, "--offline"], ["find", name, "--registry", "registry.git"]):
            note(words[0], [strata, *words], cwd=folder, env=environment)
    copy = folder / "rebuilt"
    shutil.rmtree(copy, ignore_errors=True)
    note("rebuild", [bench, "rebuild", str(folder), str(copy / "ledger.sqlite")])
    before = git(folder, "rev-parse", "main").strip()
    day = note("a day with 1 % changed", [bench, "day", str(folder), "1"])
    taken["a day, releases"] = day["published"]
    for branch, name in (("main", "main"), ("gh-pages", "site")):
        taken[f"a day, files of {name}"] = day.get(f"{branch}-files", 0)
        taken[f"a day, bytes of {name}"] = day.get(f"{branch}-bytes", 0)
    taken["a day, bytes pushed to main"] = packed(folder, "main", before)
    return taken, walls


def slope(small: float, large: float, ratio: float) -> float:
    """The exponent of growth between two sizes whose ratio is known."""
    return math.log(large / small) / math.log(ratio) if small > 0 and large > 0 else 0.0


def table(title: str, sizes: list[int], rows: dict[str, list[float]], write: Any) -> tuple[str, list[str]]:
    """A row a measure, a column a size; and which measures grow too fast."""
    steep = []
    lines = []
    for name, values in rows.items():
        exponent = slope(values[-2], values[-1], sizes[-1] / sizes[-2]) if len(sizes) > 1 else None
        if exponent is not None and exponent > STEEPEST:
            steep.append(f"{name}: {exponent:.2f}")
        lines.append([name, *(write(name, value) for value in values), "" if exponent is None else f"{exponent:.2f}"])
    return measure.table([title, *(f"{size:,} layers" for size in sizes), "exponent"], lines), steep


def written(name: str, value: float) -> str:
    return megabytes(value) if any(word in name for word in ("bytes", "RSS")) else count(value)


def drawing(months: list[dict[str, float]]) -> str:
    """How parts of a registry grew by the month, each as a share of what it came to."""
    lines = ["ledger, bytes", "main, files", "main, bytes of one pack", "site, files", "site, bytes"]
    colours = ["#b3541e", "#1f6f5c", "#3b5fa0", "#7a4b94", "#8a7a1f"]
    width, height, left, top = 640, 300, 50, 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 210} {height + 60}" font-family="sans-serif" '
             f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
             f'<path d="M{left} {top}V{top + height}H{left + width - 60}" fill="none" stroke="#888"/>']
    span = max(1, len(months) - 1)
    for index, (name, colour) in enumerate(zip(lines, colours)):
        most = max(month[name] for month in months) or 1
        points = " ".join(
            f"{left + at * (width - 60) / span:.1f},{top + height - month[name] / most * height:.1f}"
            for at, month in enumerate(months))
        y = top + 16 + index * 20
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<text x="{left + width - 45}" y="{y}" fill="{colour}">{name}: {written(name, most)}</text>')
    parts.append(f'<text x="{left}" y="{top + height + 25}">month 1</text>'
                 f'<text x="{left + width - 110}" y="{top + height + 25}">month {len(months)}</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the built decade-bench")
    parser.add_argument("--strata", help="the built strata: also times status, explain and find")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder on the disk to measure with; kept")
    parser.add_argument("--layers", default="250,500,1000", help="sizes, the smallest first")
    parser.add_argument("--targets", type=int, default=6)
    parser.add_argument("--regions", type=int, default=34)
    parser.add_argument("--months", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--svg", type=pathlib.Path, help="where to draw how the largest grew by the month")
    options = parser.parse_args()
    options.bench = os.path.abspath(options.bench)
    options.strata = options.strata and os.path.abspath(options.strata)
    sizes = sorted(int(size) for size in options.layers.split(","))
    print(f"# {', '.join(f'{size:,}' for size in sizes)} layers × {options.targets} targets × {options.regions} regions, "
          f"{options.months} months\n\n{measure.machine()}. Seed {options.seed}. One run each.\n")
    held: dict[str, list[float]] = {}
    walls: dict[str, list[float]] = {}
    history: list[Measures] = []
    for size in sizes:
        folder = options.work / f"decade-{options.seed}-{size}x{options.targets}x{options.regions}"
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "months.json"
        history = json.loads(kept.read_text()) if kept.exists() else []
        for month in range(len(history) + 1, options.months + 1):
            world = [str(number) for number in (options.seed, size, options.targets, options.regions)]
            sample = measure.run([options.bench, "grow", str(folder), str(month), *world])
            history.append(contents(folder) | {"wall": sample.wall, "peak RSS": sample.resident})
            kept.write_text(json.dumps(history))
        if len(history) > options.months:
            raise SystemExit(f"{folder} has come to month {len(history)}: take another folder, or more months")
        if (folder / "day").exists():
            raise SystemExit(f"{folder} has been measured already: its last day is no month's")
        first = history[0]
        rows, times = work(options.bench, options.strata, folder)
        (folder / "day").touch()
        for name, value in ({name: value for name, value in history[-1].items() if name != "wall"}
                            | {"the first run, peak RSS": first["peak RSS"]} | rows).items():
            if name != "peak RSS":
                held.setdefault(name, []).append(value)
        for name, value in ({"the first run": first["wall"]} | times).items():
            walls.setdefault(name, []).append(value)
    text, steep = table("what it comes to", sizes, held, written)
    print(text + "\n")
    print(table("wall time", sizes, walls, lambda _, value: seconds(value))[0] + "\n")
    if len(history) > 1:
        months = [name for name in history[0] if name != "peak RSS"]
        print(measure.table(
            [f"{sizes[-1]:,} layers, by the month", *(str(number + 1) for number in range(len(history)))],
            [[name, *((seconds(month[name]) if name == "wall" else written(name, month[name])) for month in history)]
             for name in months]) + "\n")
    if options.svg:
        options.svg.write_text(drawing(history))
    widest = held["main, entries of its widest folder"][-1]
    print(f"- {'met' if widest <= FOLDER else 'MISSED'}: no folder of main has more than {FOLDER:,} entries ({widest:,.0f})")
    print(f"- {'met' if not steep else 'MISSED'}: nothing grows faster than the registry"
          + (f" ({'; '.join(steep)})" if steep else ""))
    return 0 if widest <= FOLDER and not steep else 1


if __name__ == "__main__":
    sys.exit(main())
