"""The time of day jumps: between runs, during one, and back."""

from __future__ import annotations

import sqlite3
from typing import Any

from place import Place
from truth import Truth, expect, settled

DAY = 86400


def aws_names(place: Place) -> set[Any]:
    return {row[:3] for row in Truth(place).aws}


def jump_during(**jump: Any) -> Any:
    def case(place: Place, expected: Truth) -> Any:
        place.move_clock()
        place.on_request[6] = lambda: place.move_clock(**jump)
        outcome = place.strata("publish")
        problems = [] if outcome.code == 0 else [f"exits with {outcome.code}: {outcome.output}{outcome.error}"]
        place.move_clock()
        return problems + settled(place, expected)

    return case


def jump_between(**jump: Any) -> Any:
    def case(place: Place, expected: Truth) -> Any:
        expect(place.strata("publish"))
        place.move_clock(**jump)
        problems = settled(place, expected)
        place.move_clock()
        return problems + settled(place, expected)

    return case


def lease_from_the_future(place: Place, expected: Truth) -> Any:
    """A holder with a clock a year ahead died on another machine: its lease ends within an hour, not in a year."""
    place.kill_at = ("aws after", 3)
    place.strata("publish")
    for sign in (place.folder / "state").glob("*-lease-*"):
        sign.unlink()
    place.let_the_lease_end(-365 * DAY)
    problems = []
    for _ in range(2):
        early = place.strata("publish")
        if early.code != 6 or len(early.errors) != 1:
            problems.append(f"a lease that may be held is not respected: {early.code} {early.output}{early.error}")
    place.let_the_lease_end()
    return problems + settled(place, expected)


def wrong_prune(place: Place, expected: Truth) -> Any:
    """A clock that is a year ahead makes everything look expired; nothing is deleted for that."""
    expect(place.strata("publish"))
    place.configure(index=1)
    expect(place.strata("publish"))
    before = aws_names(place)
    place.move_clock(days=365)
    outcome = place.strata("prune")
    problems = []
    if outcome.code != 0 or "clock" not in outcome.error:
        problems.append(f"prune with a wrong clock: {outcome.code} {outcome.output}{outcome.error}")
    if aws_names(place) != before:
        problems.append("deleted early, because the clock said so")
    expect(place.strata("publish"))
    place.move_clock()
    kept = place.strata("prune")
    if kept.code != 0 or aws_names(place) != before:
        problems.append(f"back in time, prune: {kept.code} {kept.output}{kept.error}")
    return problems + settled(place)


def expiry_after_jump(place: Place, expected: Truth) -> Any:
    """What was replaced while the clock was an hour back still stays for its whole promise."""
    expect(place.strata("publish"))
    place.configure(index=1)
    place.move_clock(hours=-1)
    expect(place.strata("publish"))
    place.move_clock()
    problems = settled(place)
    db = sqlite3.connect(place.folder / "state/ledger.sqlite")
    rows = db.execute("SELECT expires - announced, expires - published FROM release WHERE status = 'deprecated'").fetchall()
    db.close()
    # Announced when it was pushed, seconds after the end was set.
    if not rows or any(abs(promise - 30 * DAY) > 120 for promise, _ in rows):
        problems.append(f"promises: {rows}")
    outcome = place.strata("prune")
    if outcome.code != 0 or len(aws_names(place)) != 24:
        problems.append(f"prune: {outcome.code} {outcome.output}{outcome.error}")
    return problems


CASES = [
    ("a year ahead during a run", jump_during(days=365)),
    ("an hour back during a run", jump_during(hours=-1)),
    ("a year ahead between runs, and back", jump_between(days=365)),
    ("an hour back between runs", jump_between(hours=-1)),
    ("a lease from the future", lease_from_the_future),
    ("prune with a clock a year ahead", wrong_prune),
    ("replaced while the clock was back", expiry_after_jump),
]
