"""Ends, disturbs and doubles runs of Strata in every way that was thought of, and looks whether anything was lost.

    python torture.py [--binary PATH] [--uv PATH] [--jobs N] [--sample N] [--part NAME]...
                      [--scenario NAME]... [--case TEXT] [--share I/N] [--table FILE]

Prints a table of what was tried, and exits with 1 if anything was not as it should be. `--sample` tries about so many
of the points where a run can die instead of all, of every kind one at least, and at most some twenty cases of each
other part. `--scenario` kills these commands only, and `--case` tries those cases of the other parts whose names hold the
text. `--share 2/4` kills at the second, sixth, tenth point and so on: four such runs are the whole table.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import os
import pathlib
import sys
import tempfile
import time
from typing import Any

import clocks
import differences
import disks
import kills
import ledgers
import repeats
import runners
import scenarios
from kills import Point
from place import ROOT, Place, Tools
from truth import Truth, expect

PARTS = {}


class Table:
    """What was tried and how it went, by kind."""

    def __init__(self) -> None:
        self.rows: collections.OrderedDict[Any, Any] = collections.OrderedDict()
        self.failures: list[Any] = []

    def add(self, part: str, kind: str, problems: list[str], reached: bool = True) -> None:
        tried, missed, recovered = self.rows.get((part, kind), (0, 0, 0))
        self.rows[part, kind] = (tried + 1, missed + (not reached), recovered + (not problems))
        for problem in problems:
            self.failures.append(f"{part}: {kind}: {problem}")

    def text(self) -> str:
        lines = ["| | where | tried | recovered |", "|---|---|---:|---:|"]
        total = good = 0
        former = None
        for (part, kind), (tried, _, recovered) in self.rows.items():
            lines.append(f"| {part if part != former else ''} | {kind} | {tried} | {recovered} |")
            total, good, former = total + tried, good + recovered, part
        lines.append(f"| **all** | | **{total}** | **{good}** |")
        missed = sum(missed for _, missed, _ in self.rows.values())
        if missed:
            lines += ["", f"{missed} of these runs came to their end before the effect that they were to die at."]
        return "\n".join(lines)


def sampled(points: Any, count: int | None) -> Any:
    """About so many of the points, spread evenly over all scenarios, and one of each kind at least."""
    if count is None or count >= len(points):
        return points
    step = len(points) / count
    taken = {int(i * step) for i in range(count)}
    for label in {point.label for point in points}:
        of_kind = [i for i, point in enumerate(points) if point.label == label]
        if not taken.intersection(of_kind):
            taken.add(of_kind[len(of_kind) // 2])
    return [points[i] for i in sorted(taken)]


def torture_kills(tools: Tools, table: Table, pool: concurrent.futures.Executor, options: argparse.Namespace) -> None:
    cache, sample = warm_cache(tools), options.sample
    wanted = [scenario for scenario in scenarios.SCENARIOS
              if (scenario.name in options.scenario if options.scenario else sample is None or scenario.is_usual)]
    rehearsed = list(pool.map(lambda scenario: kills.rehearse(tools, scenario, cache), wanted))
    points = [point for points, _ in rehearsed for point in points]
    expected = {points[0].scenario: truth for points, truth in rehearsed}
    work = sampled(points, sample)
    if options.share:
        number, shares = options.share
        work = work[number - 1 :: shares]
    print(f"{len(points)} points where a run can die; {len(work)} are tried.", flush=True)

    def one(point: Point) -> tuple[Any, Any, Any]:
        try:
            died, problems = kills.trial(tools, point, expected[point.scenario], cache)
        except Exception as error:  # a trial that breaks is a finding, and the others go on
            died, problems = True, [f"{type(error).__name__}: {error}"]
        return point, died, problems

    results = concurrent.futures.as_completed([pool.submit(one, job) for job in work])
    done = []
    for number, future in enumerate(results, 1):
        point, died, problems = future.result()
        done.append((point, died, problems))
        for problem in problems:
            print(f"FAILED {point}: {problem}", flush=True)
        if number % 50 == 0:
            print(f"{number} of {len(work)}", flush=True)
    order = {scenario: number for number, scenario in enumerate(scenarios.SCENARIOS)}
    for point, died, problems in sorted(done, key=lambda each: (order[each[0].scenario], each[0].label)):
        table.add(f"killed: {point.scenario.name}", point.label, problems, died)


def warm_cache(tools: Tools) -> Any:
    """A cache with all wheels and builds, and without a clone: what a run on the same machine finds."""
    cache = tools.folder / "warm"
    if not cache.exists():
        with Place(tools) as place:
            expect(place.strata("publish"))
            (place.folder / "cache/clones").rename(place.folder / "clones")
            (place.folder / "cache").rename(cache)
    return cache


def undisturbed(tools: Tools) -> Truth:
    with Place(tools, warm_cache(tools)) as place:
        expect(place.strata("publish"))
        return Truth(place)


def cases(name: str, module: Any) -> Any:
    """A part that is a list of cases, each in a place of its own, and some in a world that they name. What is true in
    the end is the same in all of them."""

    def part(tools: Tools, table: Table, pool: concurrent.futures.Executor, options: argparse.Namespace) -> None:
        expected, cache = undisturbed(tools), warm_cache(tools)
        chosen = module.CASES
        if options.sample is not None:
            chosen = getattr(module, "SAMPLE", chosen[:: 1 + len(chosen) // 24])
        if options.case:
            chosen = [case for case in module.CASES if options.case in case[0]]

        def one(case: Any) -> Any:
            try:
                with Place(tools, cache, *case[2:]) as place:
                    return case[1](place, expected)
            except Exception as error:
                return [f"{type(error).__name__}: {error}"]

        for (kind, _, *world), problems in zip(chosen, pool.map(one, chosen)):
            part = ": ".join([name, *map(str, world)])
            for problem in problems:
                print(f"FAILED {part}: {kind}: {problem}", flush=True)
            table.add(part, kind, problems)

    return part


PARTS["kills"] = torture_kills
PARTS["runners"] = cases("two runners", runners)
PARTS["clocks"] = cases("the clock jumps", clocks)
PARTS["disks"] = cases("the disk fails", disks)
PARTS["differences"] = cases("reconcile", differences)
PARTS["repeats"] = cases("done, and asked again", repeats)
PARTS["ledgers"] = cases("promises", ledgers)


def share(text: str) -> tuple[int, int]:
    number, shares = map(int, text.split("/"))
    if not 1 <= number <= shares:
        raise ValueError(text)
    return number, shares


def torture(options: argparse.Namespace, table: Table, folder: str) -> None:
    tools = Tools(options.binary, str(pathlib.Path(options.uv).absolute()), folder)
    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for name, part in PARTS.items():
                if not options.part or name in options.part:
                    part(tools, table, pool, options)
    finally:
        tools.close()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", default=ROOT / ".build/release/strata")
    arguments.add_argument("--uv", default=ROOT / ".venv/bin/uv")
    arguments.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    arguments.add_argument("--sample", type=int)
    arguments.add_argument("--part", action="append", choices=sorted(PARTS))
    arguments.add_argument("--scenario", action="append", choices=[scenario.name for scenario in scenarios.SCENARIOS])
    arguments.add_argument("--case")
    arguments.add_argument("--share", type=share, metavar="I/N")
    arguments.add_argument("--table", type=pathlib.Path)
    options = arguments.parse_args()
    start = time.monotonic()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="strata-torture-", ignore_cleanup_errors=True) as folder:
        torture(options, table, folder)
    text = table.text()
    print(f"\n{text}\n\n{time.monotonic() - start:.0f} s")
    if options.table:
        options.table.write_text(text + "\n")
    for failure in table.failures:
        print(f"FAILED {failure}", file=sys.stderr)
    sys.exit(1 if table.failures else 0)


if __name__ == "__main__":
    main()
