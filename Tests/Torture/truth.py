"""What is true after a trial: the ledger, AWS and both branches of the registry, each read without Strata."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from place import Place

# What a run says that changes nothing; the second where something is refused.
DOES_NOTHING = re.compile("Nothing (to do|was changed):")


class Truth:
    """The releases as each place tells them, with what differs between accounts and runs left out."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.problems: list[Any] = []
        self.external: set[Any] = set()
        self.ledger = self.read_ledger()
        self.aws = self.read_layers()
        self.rows = self.read_rows()
        self.check()

    def note(self, problem: str) -> None:
        self.problems.append(problem)

    # Reading.

    def read_ledger(self) -> Any:
        contents = self.place.world.ledger.read(self.place, self.note)
        self.external = contents.external
        return contents.releases

    def read_layers(self) -> Any:
        return {row[1:] for row in self.place.world.provider.versions(self.place) if row[0] == self.place.account}

    def read_rows(self) -> Any:
        """The rows of all of main's tables."""
        for branch in ("main", "gh-pages"):
            if not self.place.git("-C", "registry.git", "branch", "--list", branch):
                self.note(f"there is no branch {branch}")
                return set()
        self.place.git("-C", "registry.git", "fsck", "--strict", "--full")
        rows = set()
        for path in self.files("main"):
            match = re.fullmatch(r"deployments/([^/]+)/arns/([^/]+)\.csv", path)
            if not match:
                continue
            for row in csv.DictReader(io.StringIO(self.show("main", path))):
                arn = row["Arn"].split(":")
                key = (match[2], arn[6], int(arn[7]), row["Status"], bool(row["Expiry Date"]))
                if key in rows:
                    self.note(f"listed twice: {key}")
                rows.add(key)
                if arn[3] != match[2] or (arn[4] != self.place.account and key[:3] not in self.external):
                    self.note(f"{path} lists {row['Arn']}")
        return rows

    def files(self, branch: str) -> Any:
        return self.place.git("-C", "registry.git", "ls-tree", "-r", "--name-only", branch).splitlines()

    def show(self, branch: str, path: str) -> Any:
        return self.place.git("-C", "registry.git", "show", f"{branch}:{path}")

    # Comparing.

    def check(self) -> None:
        """Ledger, AWS and git agree with each other, whatever they should be."""
        known = {row for row in self.ledger if row[3] != "deleted"}
        live = {row for row in known if row[:3] not in self.external}
        left = [name for account, _, name in self.place.tools.gate.front.probes.functions if account in self.place.accounts]
        if left:
            self.note(f"functions are left: {left}")
        there = {(region, name, number, digest) for region, name, number, digest, _ in self.aws}
        recorded = {(region, name, number, digest) for region, name, number, _, _, _, _, digest in live}
        if there != recorded:
            self.note(f"only in AWS: {sorted(there - recorded)}; only in the ledger: {sorted(recorded - there)}")
        public = {row[:3] for row in self.aws if row[4]}
        granted = {row[:3] for row in live if not row[6] and row[3] != "quarantined"}
        if public != granted:
            self.note(f"public and should not be: {sorted(public - granted)}; the other way: {sorted(granted - public)}")
        listed = {(region, name, number, status) for region, name, number, status, _ in self.rows}
        listable = {row[:4] for row in known if row[3] in ("latest", "deprecated", "yanked")}
        if listed != listable:
            self.note(f"only listed: {sorted(listed - listable)}; only in the ledger: {sorted(listable - listed)}")
        if listed:
            self.check_site({row[:3] for row in self.rows if row[3] == "latest"})
            self.check_builds()

    def check_site(self, latest: Any) -> None:
        """Every ARN that is the latest stands on the site's branch too."""
        text = "".join(self.show("gh-pages", path) for path in self.files("gh-pages") if path.endswith(".json"))
        missing = [row for row in sorted(latest) if not re.search(
            rf"arn:aws:lambda:{row[0]}:{'[0-9]+' if row in self.external else self.place.account}"
            rf":layer:{row[1]}:{row[2]}\b", text)]
        if missing:
            self.note(f"not on the site: {missing}")

    def check_builds(self) -> None:
        """The digests on main are those of the ledger's builds, and so, as `check` saw, of AWS's bytes."""
        digests = {row[7] for row in self.ledger} - {None}
        told = {json.loads(self.show("main", path)).get("sha256") for path in self.files("main")
                if re.fullmatch(r"layers/[^/]+/[^/]+/\d+\.json", path)}
        if not digests <= told:
            self.note(f"builds that main does not hold: {sorted(digests - told)}")

    def differs(self, expected: Truth | None) -> Any:
        """What is not as after the run that nobody disturbed."""
        found = []
        for what in ("ledger", "aws", "rows"):
            here, there = getattr(self, what), getattr(expected, what)
            if here != there:
                found.append(f"{what}: too many {sorted(here - there)}, missing {sorted(there - here)}")
        return found


def expect(outcome: Any, code: int = 0) -> None:
    if outcome.code != code:
        raise AssertionError(f"exit code {outcome.code}: {outcome.output}{outcome.error}")


def commits(place: Place) -> Any:
    return place.git("-C", "registry.git", "rev-list", "--all").split()


def listed(place: Place) -> dict[str, str]:
    """Every ARN in main's tables, with its status."""
    rows = {}
    for path in main_files(place):
        if path.startswith("deployments/") and path.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(place.git("-C", "registry.git", "show", f"main:{path}"))):
                rows[row["Arn"]] = row["Status"]
    return rows


def main_files(place: Place) -> list[str]:
    return list(place.git("-C", "registry.git", "ls-tree", "-r", "--name-only", "main").splitlines())


def promises(place: Place) -> dict[str, Any]:
    """Every ARN that main lists, with the digest of its bytes, and every build that main tells of, with its own."""
    bytes_of = {f"arn:aws:lambda:{region}:{account}:layer:{name}:{number}": digest
                for account, region, name, number, digest, _ in place.world.provider.versions(place)}
    found: dict[str, Any] = {arn: bytes_of.get(arn, "no bytes") for arn in listed(place)}
    for path in main_files(place):
        if re.fullmatch(r"layers/[^/]+/[^/]+/\d+\.json", path):
            found[path] = json.loads(place.git("-C", "registry.git", "show", f"main:{path}")).get("sha256")
    return found


def publish(place: Place, *options: str) -> None:
    """Publishes, and remembers what is promised from then on."""
    expect(place.strata("publish", *options))
    place.promised |= promises(place)


def broken_promises(place: Place) -> list[str]:
    """What was listed at some time and is not listed any more, or has other bytes."""
    here = promises(place)
    assert place.promised, "nothing was ever promised"
    return [f"promised {what} with {then}, and now it is {here.get(what, 'gone')}"
            for what, then in sorted(place.promised.items()) if here.get(what) != then]


def settled(place: Place, expected: Truth | None = None) -> Any:
    """Runs twice more; then everything is as it should be, and the second run does nothing. Returns what is wrong."""
    problems = []
    again = place.strata("publish")
    if again.code != 0:
        return [f"the next run exits with {again.code}: {again.error.strip()[-1500:]}"]
    truth = Truth(place)
    problems += truth.problems
    if expected is not None:
        problems += truth.differs(expected)
    before = commits(place)
    idle = place.strata("publish")
    if idle.code != 0 or not DOES_NOTHING.search(idle.output):
        problems.append(f"a further run does something: {idle.code} {idle.output} {idle.error}")
    if commits(place) != before:
        problems.append("a further run makes a commit")
    return problems


