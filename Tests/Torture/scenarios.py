"""The commands that are killed, and the world that each begins in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import differences
from place import REGIONS, TARGETS, Place
from truth import expect


class Scenario:
    """A command, and the world that it begins in."""

    def __init__(self, name: str, command: Sequence[str], prepare: Any = None, warm: bool = True, done: str = "",
                 is_usual: bool = True) -> None:
        """`done` is what it says when it is asked again after it was done; without it, the command is a publication,
        which `settled` repeats. What is not usual is not killed in a sample."""
        self.name, self.command, self.warm, self.done, self.is_usual = name, command, warm, done, is_usual
        self.prepare = prepare or (lambda place: None)


def published(place: Place) -> None:
    expect(place.strata("publish"))


def replaced(place: Place) -> None:
    published(place)
    place.configure(index=1)
    expect(place.strata("publish"))


def renewed(place: Place) -> None:
    published(place)
    place.configure(index=1)


def expired(place: Place) -> None:
    """Something that may be deleted: replaced, announced, and its promise over, as the registry says too."""
    place.configure(expire="0s")
    published(place)
    place.configure(index=1, expire="0s")
    expect(place.strata("publish"))


def without_a_target(place: Place) -> None:
    published(place)
    place.configure(targets=TARGETS[:1])


def broken(place: Place) -> None:
    """A difference of each kind that is repaired without being asked what is meant."""
    published(place)
    differences.publish_by_hand(place, differences.our_bytes(place))
    place.tools.gate.layers.delete((place.account, "us-east-1", "t-p312-alpha"), 1)
    place.tools.gate.layers.layers[place.account, "us-east-1", "t-p313-alpha"].versions[1].statements.clear()
    differences.edit(place, "deployments/python3.12/arns/eu-west-1.csv", "edited by hand\n")


def with_rows(place: Place) -> None:
    published(place)
    (place.folder / "klayers.csv").write_text(
        "Package,Package Version,Status,Expiry Date,Arn\n"
        + "".join(f"requests,2.0.{number},deprecated,2099-02-04T02:01:50,"
                  f"arn:aws:lambda:us-east-1:770693421928:layer:Klayers-p312-requests:{number}\n"
                  for number in range(1, 6)))


def with_a_list(place: Place) -> None:
    published(place)
    (place.folder / "theirs.txt").write_text("".join(
        f"arn:aws:lambda:{region}:336392948345:layer:AWSSDKPandas-Python312:{number}\n"
        for region in REGIONS for number in range(1, 4)))


def proved(place: Place) -> None:
    """What is there is replaced by what is imported in Lambda first."""
    published(place)
    place.configure(index=1, more=f"""\
checks:
  imports: lambda
  probe: {{ region: eu-west-1, role: "arn:aws:iam::{place.account}:role/strata-probe" }}
""")


def pinned(place: Place) -> None:
    published(place)
    expect(place.strata("pin", "alpha", "1"))


def exported(place: Place) -> None:
    """A ledger that was exported and is lost."""
    replaced(place)
    expect(place.strata("export", "--output", "export.jsonl"))
    place.world.ledger.lose(place)


SCENARIOS = [
    Scenario("first publication, nothing there yet", ["publish"], warm=False),
    Scenario("new versions of everything", ["publish"], renewed),
    Scenario("new versions, imported in Lambda first", ["publish"], proved),
    Scenario("yank with --revoke", ["yank", "gamma", "1", "--reason", "a bad build", "--revoke"], published,
             done="Done already"),
    Scenario("rollback", ["rollback", "gamma"], replaced, done="Done already"),
    Scenario("prune", ["prune"], expired, done="Nothing to delete"),
    Scenario("yank", ["yank", "gamma", "1", "--reason", "a bad build"], published, done="Done already",
             is_usual=False),
    Scenario("pin", ["pin", "alpha", "1"], published, done="Done already", is_usual=False),
    Scenario("pin --remove", ["pin", "alpha", "1", "--remove"], pinned, done="Done already", is_usual=False),
    Scenario("retire", ["retire", "--target", TARGETS[1], "--until", "2099-01-01"], without_a_target,
             done="Done already", is_usual=False),
    Scenario("reconcile --fix", ["reconcile", "--fix"], broken, done="registry agree", is_usual=False),
    Scenario("import of another system's releases", ["import", "klayers", "klayers.csv"], with_rows,
             done="Imported 0 releases", is_usual=False),
    Scenario("import of other publishers' layers", ["import", "layers", "theirs.txt"], with_a_list, done="Imported 0 releases",
             is_usual=False),
    Scenario("import of an exported ledger", ["import", "ledger", "export.jsonl"], exported, done="Done already",
             is_usual=False),
]
