"""Two runners at once, and one that was asleep while another took its place."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from place import REGIONS, TARGETS, Place
from truth import Truth, settled


def check_codes(problems: list[str], outcomes: Any, allowed: Any) -> None:
    for outcome in outcomes:
        if outcome.code not in allowed:
            problems.append(f"exits with {outcome.code}: {outcome.output}{outcome.error.strip()[-800:]}")
        if outcome.code == 6 and len(outcome.errors) != 1:
            problems.append(f"it takes {len(outcome.errors)} lines to say that somebody else is at work: {outcome.error}")


def together(count: int) -> Any:
    def case(place: Place, expected: Truth) -> Any:
        problems: list[Any] = []
        processes = [place.start("publish") for _ in range(count)]
        outcomes = [place.finish(process) for process in processes]
        check_codes(problems, outcomes, (0, 6))
        if not any(outcome.code == 0 for outcome in outcomes):
            problems.append("nobody did the work")
        return problems + settled(place, expected)

    return case


def held(place: Place, expected: Truth) -> Any:
    """While the holder is alive and in its term, the second leaves with 6, says so in a line, and writes nothing."""
    problems: list[Any] = []
    first = asleep(place, "aws after", 5)
    second = place.strata("publish")
    check_codes(problems, [second], (6,))
    os.kill(first.pid, signal.SIGCONT)
    check_codes(problems, [place.finish(first)], (0,))
    return problems + settled(place, expected)


def overtaken(kind: str, number: int) -> Any:
    """A holder sleeps past its term, another takes over and finishes, the sleeper wakes up: it must not write."""

    def case(place: Place, expected: Truth) -> Any:
        problems: list[Any] = []
        first = asleep(place, kind, number)
        if not place.let_the_lease_end():
            # It sleeps in the middle of a transaction, which nobody can take from it: it finishes when it wakes up.
            check_codes(problems, [place.strata("publish")], (6,))
            os.kill(first.pid, signal.SIGCONT)
            check_codes(problems, [place.finish(first)], (0, 3))
            return problems + settled(place, expected)
        check_codes(problems, [place.strata("publish")], (0,))
        before = Truth(place)
        os.kill(first.pid, signal.SIGCONT)
        woken = place.finish(first)
        check_codes(problems, [woken], (6,))
        after = Truth(place)
        problems += [f"written by the sleeper: {line}" for line in after.differs(before)]
        return problems + settled(place, expected)

    return case


def asleep(place: Place, kind: str, number: int) -> Any:
    """A run that stops when its request of this number arrives, or was answered."""
    place.stop_at = (kind, number)
    process = place.start("publish")
    if not place.stopped.wait(600):
        process.kill()
        raise AssertionError("the request never came")
    return process


def late(wakes: bool) -> Any:
    """What a sleeper had sent arrives after another has finished the work. Nobody can prevent that: whoever wakes up
    removes it, and if nobody does, the next run."""

    def case(place: Place, expected: Truth) -> Any:
        problems: list[Any] = []
        place.hold_at = 3
        first = place.start("publish")
        if not place.stopped.wait(600):
            raise AssertionError("the request never came")
        if not place.let_the_lease_end():
            # Another of its requests was just being recorded: it has the ledger's file until it wakes up.
            check_codes(problems, [place.strata("publish")], (6,))
            place.released.set()
            os.kill(first.pid, signal.SIGCONT)
            check_codes(problems, [place.finish(first)], (0, 3))
            return problems + settled(place, expected)
        check_codes(problems, [place.strata("publish")], (0,))
        before = Truth(place)
        if wakes:
            place.released.set()
            os.kill(first.pid, signal.SIGCONT)
            check_codes(problems, [place.finish(first)], (6,))
            problems += [f"left by the sleeper: {line}" for line in Truth(place).differs(before)]
        else:
            first.kill()
            place.finish(first)
            place.released.set()
            wait_for(lambda: bool(Truth(place).differs(before)))
            found = place.strata("reconcile")
            if found.code != 4 or "orphan versions: 1\n" not in found.output:
                problems.append(f"reconcile does not tell the orphan: {found.code} {found.output}{found.error}")
        return problems + settled(place, expected)

    return case


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it never happened")
        time.sleep(0.05)


LAST = len(TARGETS) * len(REGIONS) * 4
CASES = [
    ("two at once", together(2)),
    ("four at once", together(4)),
    ("a second one while the first is at work", held),
    *[(f"asleep past its term, {kind.removeprefix('aws ')} request {number}", overtaken(kind, number))
      for number in (1, 4, 9, 14, LAST) for kind in ("aws before", "aws after")],
    ("asleep past its term, its request arrives late", late(wakes=True)),
    ("asleep past its term, killed, its request arrives late", late(wakes=False)),
]
