"""Every kind of difference that `reconcile` knows, made by hand, told by its kind, and repaired."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Sequence
from typing import Any

from place import Place
from truth import DOES_NOTHING, Truth, commits, expect, settled

REGION, NAME = "eu-west-1", "t-p312-gamma"


def layer(place: Place) -> Any:
    return place.tools.gate.layers.layers[place.account, REGION, NAME]


def publish_by_hand(place: Place, content: bytes) -> None:
    """A version that Strata knows nothing of, as another tool would make it."""
    request = {"Content": {"ZipFile": base64.b64encode(content).decode()}, "Description": "made by hand"}
    place.tools.gate.layers.publish((place.account, REGION, NAME), request)


def our_bytes(place: Place) -> bytes:
    """The zip of the layer's build, which the cache holds."""
    digest = layer(place).versions[1].digest
    for path in (place.folder / "cache/builds").glob("*.zip"):
        if base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode() == digest:
            return path.read_bytes()
    raise AssertionError("the build is not in the cache")


def other_bytes() -> Any:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("python/other.py", "other = True\n")
    return made.getvalue()


def found(place: Place) -> tuple[Any, Any]:
    """The kinds that reconcile tells, and how many of each."""
    outcome = place.strata("reconcile", "--json")
    result = json.loads(outcome.output)
    kinds = [difference["kind"] for difference in result["differences"]]
    return outcome.code, {kind: kinds.count(kind) for kind in kinds}


def told(place: Place, kind: str, counts: Sequence[int] = (1,)) -> Any:
    """Reconcile tells just this, and telling it changes nothing. Returns what is wrong."""
    before, commits_before = Truth(place), commits(place)
    here = found(place)
    allowed = [(4, {kind: count}) for count in counts]
    problems = [] if here in allowed else [f"reconcile tells {here}, and should tell {allowed}"]
    problems += [f"telling changed {line}" for line in Truth(place).differs(before)]
    if commits(place) != commits_before:
        problems.append("telling made a commit")
    return problems


def fixed(place: Place, *options: Any) -> Any:
    outcome = place.strata("reconcile", *(options or ("--fix",)))
    problems = [] if outcome.code == 0 else [f"{options} exits with {outcome.code}: {outcome.output}{outcome.error}"]
    again = found(place)
    return problems if again == (0, {}) else [*problems, f"after the repair reconcile tells {again}"]


def orphan_of_ours(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    publish_by_hand(place, our_bytes(place))
    problems = told(place, "orphanVersion")
    problems += fixed(place)
    if (REGION, NAME, 2, "latest") not in {row[:4] for row in Truth(place).ledger}:
        problems.append("the orphan was not adopted as the latest of its build")
    return problems + settled(place)


def foreign_orphan(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    publish_by_hand(place, other_bytes())
    problems = told(place, "orphanVersion")
    left = place.strata("reconcile", "--fix")
    if left.code != 4 or "--adopt" not in left.output:
        problems.append(f"--fix on strange bytes: {left.code} {left.output}{left.error}")
    problems += fixed(place, "--adopt")
    db = sqlite3.connect(place.folder / "state/ledger.sqlite")
    rows = db.execute("SELECT number, external FROM release WHERE region = ? AND name = ?", (REGION, NAME)).fetchall()
    db.close()
    if sorted(rows) != [(1, 0), (2, 1)]:
        problems.append(f"adopted as {rows}")
    idle = place.strata("publish")
    if idle.code != 0 or not DOES_NOTHING.search(idle.output):
        problems.append(f"the next run: {idle.code} {idle.output}{idle.error}")
    return problems


def missing_version(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    place.tools.gate.layers.delete((place.account, REGION, NAME), 1)
    problems = told(place, "missingVersion")
    problems += fixed(place)
    problems += settled(place)
    if (REGION, NAME, 2, "latest") not in {row[:4] for row in Truth(place).ledger}:
        problems.append("it was not published again")
    return problems


def missing_permission(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    layer(place).versions[1].statements.clear()
    return told(place, "wrongPermission") + fixed(place) + settled(place, expected)


def wrong_permission(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    request = {"StatementId": "friend", "Principal": "123456789012", "Action": "lambda:GetLayerVersion"}
    place.tools.gate.layers.add_statement((place.account, REGION, NAME), 1, request)
    return told(place, "wrongPermission") + fixed(place) + settled(place, expected)


def wrong_bytes(place: Place, expected: Truth) -> Any:
    expect(place.strata("publish"))
    layer(place).versions[1].digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    problems = told(place, "wrongBytes")
    problems += fixed(place)
    outcome = place.strata("publish")
    rows = {row[:4] for row in Truth(place).ledger}
    if outcome.code != 0 or not {(REGION, NAME, 1, "quarantined"), (REGION, NAME, 2, "latest")} <= rows:
        problems.append(f"the next run: {outcome.code} {outcome.output}{outcome.error}")
    if layer(place).versions[1].statements:
        problems.append("the wrong bytes can still be read by others")
    if found(place) != (0, {}):
        problems.append(f"afterwards reconcile tells {found(place)}")
    return problems


def files_told(branch: str) -> tuple[Any] | tuple[Any, Any]:
    """The site tells its own size, so one page that is another size makes the page that tells it another one too."""
    return (1, 2) if branch == "gh-pages" else (1,)


def edit(place: Place, path: str, text: str | None, branch: str = "main") -> str:
    """A commit by somebody else."""
    place.git("clone", "--quiet", "--branch", branch, "registry.git", "edited")
    file = place.folder / "edited" / path
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    place.git("-C", "edited", "-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid",
              "commit", "--quiet", "--all", "--message", "by hand")
    place.git("-C", "edited", "push", "--quiet", "origin", branch)
    return place.git("-C", "edited", "rev-parse", "HEAD").strip()


def hand_edit(path: str, branch: str = "main") -> Any:
    def case(place: Place, expected: Truth) -> Any:
        expect(place.strata("publish"))
        edit(place, path, "edited by hand\n", branch)
        return told(place, "handEdit", files_told(branch)) + fixed(place) + settled(place, expected)

    return case


def stale_file(path: str, branch: str = "main") -> Any:
    """A file that is not what the ledger gives, on a commit that the ledger calls its own."""
    def case(place: Place, expected: Truth) -> Any:
        expect(place.strata("publish"))
        commit = edit(place, path, None, branch)
        db = sqlite3.connect(place.folder / "state/ledger.sqlite")
        with db:
            (value,) = db.execute("SELECT value FROM mark WHERE name = ?", (f"shown:{branch}",)).fetchone()
            db.execute("UPDATE mark SET value = ? WHERE name = ?",
                       (" ".join([commit, *value.split()[1:]]), f"shown:{branch}"))
        db.close()
        return told(place, "staleFile", files_told(branch)) + fixed(place) + settled(place, expected)

    return case


def export(place: Place) -> Any:
    """What the ledger holds, a record a line."""
    expect(place.strata("export", "--output", "export.jsonl"))
    lines = (place.folder / "export.jsonl").read_text().splitlines()
    (place.folder / "export.jsonl").unlink()
    return lines


def lost_ledger(place: Place, expected: Truth) -> Any:
    """A ledger made from AWS and git alone holds the same releases as the one that was lost."""
    expect(place.strata("publish"))
    place.configure(index=1)
    expect(place.strata("publish"))
    expect(place.strata("yank", "gamma", "1", "--reason", "a bad build"))
    expect(place.strata("pin", "alpha", "1"))
    before = Truth(place)
    told_before = export(place)
    for path in (place.folder / "state").iterdir():
        path.unlink()
    rebuilt = place.strata("reconcile", "--rebuild")
    problems = [] if rebuilt.code == 0 else [f"--rebuild exits with {rebuilt.code}: {rebuilt.output}{rebuilt.error}"]
    problems += Truth(place).differs(before)
    told_after = export(place)
    problems += compare_exports(told_before, told_after)
    commits_before = commits(place)
    problems += settled(place, before)
    if commits(place) != commits_before:
        problems.append("the rebuilt ledger made another commit")
    return problems


def compare_exports(before: Any, after: Any) -> list[Any]:
    """What is lost and what is new, besides what the index came to: the next run asks it again."""
    def records(lines: Any) -> set[Any]:
        return {line for line in lines if not {"strata-export", "end", "mark", "resolution"} & json.loads(line).keys()}

    first, second = records(before), records(after)
    if first == second:
        return []
    return [f"lost: {sorted(first - second)[:4]}; new: {sorted(second - first)[:4]}"]


CASES = [
    ("orphan version, our bytes", orphan_of_ours),
    ("orphan version, other bytes", foreign_orphan),
    ("missing version", missing_version),
    ("missing permission", missing_permission),
    ("wrong permission", wrong_permission),
    ("wrong bytes", wrong_bytes),
    ("hand edit on main", hand_edit("deployments/python3.12/arns/eu-west-1.csv")),
    ("hand edit on gh-pages", hand_edit("index.html", "gh-pages")),
    ("stale file on main", stale_file("deployments/python3.12/arns/eu-west-1.csv")),
    ("stale file on gh-pages", stale_file("index.html", "gh-pages")),
    ("ledger lost and rebuilt", lost_ledger),
]
