"""The ledger is lost, old, doubled or another registry's, the registry is set back, or the configuration names another
account or fewer readers: with every provider and every kind of ledger, nothing that was promised goes."""

from __future__ import annotations

import collections
import shutil
from collections.abc import Callable
from typing import Any

from differences import found
from place import Place
from truth import DOES_NOTHING, Truth, broken_promises, commits, expect, listed, publish, settled
from worlds import WORLDS


def world(place: Place) -> Any:
    """What consumers have: the versions, and the branches."""
    return set(place.world.provider.versions(place)), place.git("-C", "registry.git", "for-each-ref")


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


def asks_for(place: Place, option: str) -> list[str]:
    """Neither planned without a word nor carried out."""
    before = Truth(place)
    problems = []
    for command in ("plan", "publish"):
        outcome = place.strata(command)
        if outcome.code != 5 or option not in outcome.error:
            problems.append(f"{command} exits with {outcome.code}: {outcome.output}{outcome.error}")
    return problems + [f"being refused changed {line}" for line in Truth(place).differs(before)]


def rebuilt(place: Place) -> list[Any]:
    outcome = place.strata("reconcile", "--rebuild")
    return [] if outcome.code == 0 else [f"--rebuild: {outcome.code} {outcome.output}{outcome.error}"]


def put(place: Place, source: str, target: str) -> None:
    """A registry in the place of another one."""
    shutil.rmtree(place.folder / target, ignore_errors=True)
    (place.folder / source).rename(place.folder / target)


def deleted(place: Place, expected: Truth) -> Any:
    publish(place)
    place.world.ledger.lose(place)
    return refused(place, "empty") + rebuilt(place) + settled(place, expected)


def deleted_each_time(place: Place, expected: Truth) -> Any:
    """A machine without a disk: each run fills its own ledger, or it is filled before."""
    ledger, problems = place.world.ledger, []
    for number, index in enumerate((0, 0, 1, 1)):
        place.configure(index=index, ledger=ledger.automatic)
        ledger.lose(place)
        if number > 0 and not ledger.automatic:
            problems += rebuilt(place)
        publish(place)
        problems += Truth(place).problems
        if index == 0:
            problems += Truth(place).differs(expected)
    return problems + settled(place)


def killed_and_deleted(place: Place, expected: Truth) -> Any:
    """The run dies with versions published and nothing listed, and its disk is gone."""
    ledger, problems = place.world.ledger, []
    place.configure(ledger=ledger.automatic)
    publish(place)
    place.configure(index=1, ledger=ledger.automatic)
    died = place.strata("publish", tracer=place.world.provider.dying(place))
    if died.code not in (137, -9) or len(set(place.world.provider.versions(place))) <= len(expected.aws):
        problems.append(f"it was to die in the middle, and exits with {died.code}: {died.error}")
    ledger.lose(place)
    if not ledger.automatic:
        # It tells the versions that nobody listed; the run takes them over.
        expect(place.strata("reconcile", "--rebuild"), code=4)
    publish(place)
    truth = Truth(place)
    # By their count: a number that was taken by who died is not given again.
    times = collections.Counter((region, name) for region, name, *_ in truth.aws)
    twice = [which for which, count in times.items() if count > 2]
    return problems + truth.problems + ([f"published twice: {twice}"] if twice else []) + settled(place)


def yesterdays_copy(place: Place, expected: Truth) -> Any:
    publish(place)
    place.world.ledger.keep(place, "yesterday")
    place.configure(index=1)
    publish(place)
    after = Truth(place)
    place.world.ledger.bring(place, "yesterday")
    return refused(place, "ahead of this ledger") + rebuilt(place) + settled(place, after)


def another_registry(place: Place, expected: Truth) -> Any:
    ledger = place.world.ledger
    publish(place)
    shutil.copytree(place.folder / "registry.git", place.folder / "first.git")
    ledger.keep(place, "first")
    ledger.lose(place)
    for branch in ("main", "gh-pages"):
        place.git("-C", "registry.git", "update-ref", "-d", f"refs/heads/{branch}")
    # Neither ledger nor registry knows what is there: our own bytes are taken over, not published again.
    publish(place)
    problems = Truth(place).differs(expected)
    put(place, "first.git", "registry.git")
    problems += refused(place, "is the registry")
    ledger.bring(place, "first")
    return problems + settled(place, expected)


def restored_remote(place: Place, expected: Truth) -> Any:
    publish(place)
    shutil.copytree(place.folder / "registry.git", place.folder / "backup.git")
    place.configure(index=1)
    publish(place)
    after = Truth(place)
    put(place, "backup.git", "registry.git")
    outcome = place.strata("publish")
    told = outcome.code == 0 and "set back" in outcome.error
    problems = [] if told else [f"publish: {outcome.code} {outcome.output}{outcome.error}"]
    return problems + Truth(place).problems + settled(place, after)


def restored_together(place: Place, expected: Truth) -> Any:
    """Nothing here knows of the last run but AWS: what it published is taken over, and nothing piled on it."""
    publish(place)
    place.world.ledger.keep(place, "yesterday")
    shutil.copytree(place.folder / "registry.git", place.folder / "backup.git")
    place.configure(index=1)
    publish(place)
    after = Truth(place)
    put(place, "backup.git", "registry.git")
    place.world.ledger.bring(place, "yesterday")
    publish(place)
    return Truth(place).problems + settled(place, after)


def two_machines(place: Place, expected: Truth) -> Any:
    ledger = place.world.ledger
    publish(place)
    ledger.keep(place, "first")
    ledger.lose(place)
    problems = rebuilt(place)
    place.configure(index=1)
    publish(place)
    after = Truth(place)
    ledger.keep(place, "second")
    ledger.bring(place, "first")
    problems += refused(place, "ahead of this ledger") + rebuilt(place) + settled(place, after)
    expect(place.strata("yank", "gamma", "1", "--reason", "a bad build"))
    ledger.bring(place, "second")
    return problems + refused(place, "ahead of this ledger") + rebuilt(place) + settled(place)


def account_changed(place: Place, expected: Truth) -> Any:
    """One line of the configuration and other credentials: nothing is done until it is allowed, and nothing is lost
    then. A table, which is in an account, is put into the new one as it was."""
    publish(place)
    before, commits_before, rows = Truth(place), commits(place), listed(place)
    old = place.account
    place.world.ledger.keep(place, "moved")
    place.sign_up()
    place.world.ledger.make(place)
    place.world.ledger.bring(place, "moved")
    place.configure()
    problems = asks_for(place, "--allow-account-change")
    for command in (["prune"], ["reconcile", "--fix"]):
        outcome = place.strata(*command)
        if outcome.code != 0:
            problems.append(f"{command} exits with {outcome.code}: {outcome.output}{outcome.error}")
    if listed(place) != rows:
        problems.append("the files have changed before it was allowed")
    if commits(place) != commits_before:
        problems.append("a commit was made before it was allowed")
    publish(place, "--allow-account-change")
    latest = {arn for arn, status in listed(place).items() if status == "latest"}
    if len(latest) != len(rows) or any(f":{old}:" in arn for arn in latest):
        problems.append(f"the latest are {sorted(latest)}")
    if {arn: status for arn, status in listed(place).items() if f":{old}:" in arn} != dict.fromkeys(rows, "deprecated"):
        problems.append("what is in the old account is not listed as deprecated")
    idle = place.strata("publish")
    if idle.code != 0 or not DOES_NOTHING.search(idle.output):
        problems.append(f"a further run does something: {idle.code} {idle.output} {idle.error}")
    place.account = old
    there = Truth(place).aws
    return problems if there == before.aws else [*problems, "the old account was changed"]


def visibility_lost(place: Place, expected: Truth) -> Any:
    """A lost line takes nothing away, neither by publishing nor by repairing, until that is allowed."""
    publish(place)
    commits_before = commits(place)
    place.configure(visibility="visibility: private")
    problems = asks_for(place, "--allow-revocations")
    problems += [f"reconcile tells {here}" for here in [found(place)] if here != (0, {})]
    expect(place.strata("reconcile", "--fix"))
    problems += Truth(place).differs(expected)
    if commits(place) != commits_before:
        problems.append("a commit was made before it was allowed")
    taken = place.strata("publish", "--allow-revocations")
    if taken.code != 0:
        problems.append(f"taking it away exits with {taken.code}: {taken.output}{taken.error}")
    if any(public for *_, public in Truth(place).aws):
        problems.append("something can still be read by everybody")
    place.configure()
    publish(place)
    return problems + settled(place, expected)


def keeping(kind: Callable[[Place, Truth], Any]) -> Callable[[Place, Truth], Any]:
    """The kind, and after it the look whether all that was ever listed is listed with the same bytes."""
    return lambda place, expected: kind(place, expected) + broken_promises(place)


KINDS = [
    ("ledger deleted", deleted),
    ("ledger deleted before each run, and filled from main", deleted_each_time),
    ("killed before anything was listed, and the ledger deleted", killed_and_deleted),
    ("ledger restored from yesterday's copy", yesterdays_copy),
    ("ledger of another registry", another_registry),
    ("remote restored from a backup", restored_remote),
    ("ledger and remote restored together", restored_together),
    ("two machines with a ledger each", two_machines),
    ("account changed", account_changed),
    ("visibility lost", visibility_lost),
]
# Every kind in every world. A sample has all kinds in the first world, and each in one of the others.
CASES = [(kind, keeping(case), world) for world in WORLDS for kind, case in KINDS]
SAMPLE = [case for number, case in enumerate(CASES)
          if case[2] is WORLDS[0] or WORLDS[1 + number % len(KINDS) % (len(WORLDS) - 1)] is case[2]]
