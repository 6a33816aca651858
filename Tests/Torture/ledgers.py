"""The ledger is lost, old, doubled or another registry's, or the registry is set back: nothing that was promised goes."""

from __future__ import annotations

import shutil
from typing import Any

from place import Place
from truth import Truth, expect, settled


def world(place: Place) -> Any:
    """What consumers have: the versions, and the branches."""
    return Truth(place).aws, place.git("-C", "registry.git", "for-each-ref")


def refused(place: Place, word: str) -> list[Any]:
    """Every command that writes is refused in one line, and nothing has changed."""
    before, problems = world(place), []
    for command in (["publish"], ["reconcile", "--fix"], ["prune"]):
        outcome = place.strata(*command)
        if outcome.code != 5 or len(outcome.errors) != 1 or word not in outcome.error:
            problems.append(f"{command}: {outcome.code} {outcome.output}{outcome.error}")
    if world(place) != before:
        problems.append("something was published or pushed")
    return problems


def rebuilt(place: Place) -> list[Any]:
    outcome = place.strata("reconcile", "--rebuild")
    return [] if outcome.code == 0 else [f"--rebuild: {outcome.code} {outcome.output}{outcome.error}"]


def move(place: Place, source: str, target: str) -> None:
    (place.folder / source).rename(place.folder / target)


def deleted(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    shutil.rmtree(place.folder / "state")
    return refused(place, "empty") + rebuilt(place) + settled(place, expected)


def deleted_each_time(place: Place, expected: Truth) -> Any:
    """A machine without a disk: each run fills its own ledger."""
    problems: list[Any] = []
    for index in (0, 0, 1, 1):
        place.configure(index=index, ledger="{ sqlite: state/ledger.sqlite, rebuild: auto }")
        shutil.rmtree(place.folder / "state", ignore_errors=True)
        outcome = place.strata("publish")
        if outcome.code != 0:
            problems.append(f"publish: {outcome.code} {outcome.output}{outcome.error}")
        problems += Truth(place).problems
        if index == 0:
            problems += Truth(place).differs(expected)
    return problems + settled(place)


def killed_and_deleted(place: Place, expected: Truth) -> Any:
    """The run dies with versions published and nothing listed, and its disk is gone."""
    auto = "{ sqlite: state/ledger.sqlite, rebuild: auto }"
    place.configure(ledger=auto)
    expect(place.strata("publish"))
    place.configure(index=1, ledger=auto)
    place.kill_at = ("aws after", 9)
    place.strata("publish")
    shutil.rmtree(place.folder / "state")
    expect(place.strata("publish"))
    truth = Truth(place)
    twice = [(region, name) for region, name, number, _, _ in truth.aws if number > 2]
    return truth.problems + ([f"published twice: {twice}"] if twice else []) + settled(place)


def yesterdays_copy(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    shutil.copytree(place.folder / "state", place.folder / "yesterday")
    place.configure(index=1)
    expect(place.strata("publish"))
    after = Truth(place)
    shutil.rmtree(place.folder / "state")
    move(place, "yesterday", "state")
    return refused(place, "ahead of this ledger") + rebuilt(place) + settled(place, after)


def another_registry(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    shutil.copytree(place.folder / "registry.git", place.folder / "first.git")
    move(place, "state", "first")
    for branch in ("main", "gh-pages"):
        place.git("-C", "registry.git", "update-ref", "-d", f"refs/heads/{branch}")
    # Neither ledger nor registry knows what is there: our own bytes are taken over, not published again.
    expect(place.strata("publish"))
    problems = Truth(place).differs(expected)
    shutil.rmtree(place.folder / "registry.git")
    move(place, "first.git", "registry.git")
    problems += refused(place, "is the registry")
    shutil.rmtree(place.folder / "state")
    move(place, "first", "state")
    return problems + settled(place, expected)


def restored_remote(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    shutil.copytree(place.folder / "registry.git", place.folder / "backup.git")
    place.configure(index=1)
    expect(place.strata("publish"))
    after = Truth(place)
    shutil.rmtree(place.folder / "registry.git")
    move(place, "backup.git", "registry.git")
    outcome = place.strata("publish")
    told = outcome.code == 0 and "set back" in outcome.error
    problems = [] if told else [f"publish: {outcome.code} {outcome.output}{outcome.error}"]
    return problems + Truth(place).problems + settled(place, after)


def two_machines(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    move(place, "state", "first")
    problems = rebuilt(place)
    place.configure(index=1)
    expect(place.strata("publish"))
    after = Truth(place)
    move(place, "state", "second")
    move(place, "first", "state")
    problems += refused(place, "ahead of this ledger") + rebuilt(place) + settled(place, after)
    expect(place.strata("yank", "gamma", "1", "--reason", "a bad build"))
    shutil.rmtree(place.folder / "state")
    move(place, "second", "state")
    return problems + refused(place, "ahead of this ledger") + rebuilt(place) + settled(place)


CASES = [
    ("ledger deleted", deleted),
    ("ledger deleted before each run, rebuild: auto", deleted_each_time),
    ("killed before anything was listed, and the ledger deleted", killed_and_deleted),
    ("ledger restored from yesterday's copy", yesterdays_copy),
    ("ledger of another registry", another_registry),
    ("remote restored from a backup", restored_remote),
    ("two machines with a ledger each", two_machines),
]
