"""Where a trial's layers and its ledger lie: AWS's stand-in or the local provider's folder, SQLite or DynamoDB."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from place import Place

Row = tuple[Any, ...]


class Contents:
    """What a ledger holds, read without Strata."""

    def __init__(self) -> None:
        # Region, name, number, status, whether it has an end, is pinned, is revoked, and its build's digest.
        self.releases: set[Row] = set()
        # Another system's: they are listed, and nothing is known of them.
        self.external: set[Row] = set()


class SQLite:
    """A file. It may fill itself when it was lost."""

    name = "SQLite"
    setting = "sqlite:state/ledger.sqlite"
    automatic: str | None = "{ sqlite: state/ledger.sqlite, rebuild: auto }"

    def make(self, place: Place) -> None:
        """The first run makes it."""

    def lose(self, place: Place) -> None:
        shutil.rmtree(place.folder / "state", ignore_errors=True)

    def keep(self, place: Place, name: str) -> None:
        """Sets a copy aside."""
        shutil.copytree(place.folder / "state", place.folder / name)

    def bring(self, place: Place, name: str) -> None:
        """Puts a copy in the place of what is there."""
        self.lose(place)
        shutil.copytree(place.folder / name, place.folder / "state")

    def read(self, place: Place, note: Callable[[str], None]) -> Contents:
        contents, path = Contents(), place.folder / "state/ledger.sqlite"
        if not path.exists():
            note("there is no ledger")
            return contents
        db = sqlite3.connect(path)
        try:
            for line, in db.execute("PRAGMA integrity_check"):
                if line != "ok":
                    note(f"integrity_check: {line}")
            for row in db.execute("PRAGMA foreign_key_check"):
                note(f"foreign_key_check: {row}")
            for publication, work in db.execute("SELECT publication, work FROM intent"):
                note(f"an intent is still open: {publication} {work}")
            for holder, in db.execute("SELECT holder FROM lease WHERE holder IS NOT NULL"):
                note(f"the lease is still held by {holder}")
            contents.external = set(db.execute("SELECT region, name, number FROM release WHERE external = 1"))
            contents.releases = {tuple(row) for row in db.execute("""
                SELECT r.region, r.name, r.number, r.status, r.expires IS NOT NULL, r.pinned, r.revoked, b.sha256
                FROM release r JOIN build b ON b.item = r.item AND b.serial = r.serial""")}
            twice = db.execute("""SELECT item, serial, region, count(*) FROM release WHERE status = 'latest'
                GROUP BY item, region HAVING count(*) > 1""").fetchall()
            if twice:
                note(f"more than one is the latest: {twice}")
        finally:
            db.close()
        left = sorted(path.name for path in (place.folder / "state").iterdir()) if contents.releases else []
        if left not in ([], ["ledger.sqlite"]):
            note(f"left beside the ledger: {left}")
        return contents


class DynamoDB:
    """A table of the trial's account. To be lost means that its records are, as of a table that was made anew."""

    name = "DynamoDB"
    setting = "dynamodb:ledger@us-east-1"
    automatic: str | None = None

    def make(self, place: Place) -> None:
        subprocess.run([sys.executable, "-B", place.servers / "aws_look.py", "ledger-table", "ledger", "us-east-1"],
                       env=os.environ | place.environment, check=True)

    def table(self, place: Place) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        return dynamodb_backends[place.account]["us-east-1"].get_table("ledger")

    def lose(self, place: Place) -> None:
        with place.tools.gate.front.tables.lock:
            self.table(place).items.clear()

    def keep(self, place: Place, name: str) -> None:
        with place.tools.gate.front.tables.lock:
            place.kept[name] = copy.deepcopy(self.table(place).items)

    def bring(self, place: Place, name: str) -> None:
        with place.tools.gate.front.tables.lock:
            self.table(place).items = copy.deepcopy(place.kept[name])

    def records(self, place: Place) -> Iterator[dict[str, Any]]:
        """Every record, its attributes as what they hold."""
        with place.tools.gate.front.tables.lock:
            found = [record.to_json()["Attributes"] for part in self.table(place).items.values() for record in part.values()]
            typed = json.loads(json.dumps(found, default=lambda value: value.to_json()))
        for record in typed:
            yield {name: content for name, value in record.items() for content in value.values()}

    def read(self, place: Place, note: Callable[[str], None]) -> Contents:
        contents = Contents()
        releases, digests = [], {}
        for record in self.records(place):
            partition, (kind, *rest) = record["pk"], record["sk"].split("#")
            if partition.startswith("item#") and kind == "build":
                digests[partition, int(rest[0])] = (body(record).get("artifact") or {}).get("sha256")
            elif partition.startswith("item#") and kind == "release" and len(rest) == 3:
                releases.append((partition, body(record)))
            elif partition.startswith("open#") or kind == "intent":
                note(f"an intent is still open: {partition} {record['sk']}")
            elif partition == "lease" and "holder" in record:
                note(f"the lease is still held by {record['holder']}")
        latest = set()
        for item, release in releases:
            key = (release["id"]["region"], release["id"]["name"], release["id"]["number"])
            contents.releases.add((*key, release["status"], "expires" in release, release["isPinned"],
                                   release["isRevoked"], digests[item, release["serial"]]))
            if release["isExternal"]:
                contents.external.add(key)
            if release["status"] == "latest" and (item, key[0]) in latest:
                note(f"more than one is the latest: {item} {key[0]}")
            if release["status"] == "latest":
                latest.add((item, key[0]))
        return contents


def body(record: dict[str, Any]) -> Any:
    """The value of a record: as JSON, or compressed."""
    return json.loads(record["json"] if "json" in record else zlib.decompress(base64.b64decode(record["z"])))


class AWS:
    """AWS's stand-in, where each trial has an account."""

    name = "AWS"

    def versions(self, place: Place) -> Iterator[Row]:
        """Of the trial's accounts: account, region, name, number, digest of the bytes, and whether everybody may read
        it."""
        for (account, region, name), layer in list(place.tools.gate.layers.layers.items()):
            for version in list(layer.versions.values()) if account in place.accounts else ():
                principals = [statement["Principal"] for statement in version.statements.values()]
                yield account, region, name, version.number, base64.b64decode(version.digest).hex(), principals == ["*"]

    def dying(self, place: Place) -> Sequence[str]:
        """Lets the next run die in the middle of its publications. Returns the tracer's options."""
        place.kill_at = ("aws after", 9)
        return ()


class Folder:
    """The local provider. Its accounts are names only: versions of all of them lie in one folder."""

    name = "local"

    def versions(self, place: Place) -> Iterator[Row]:
        for path in (place.folder / "lambda/regions").glob("*/*/*/version.json"):
            region, name, number = path.parts[-4:-1]
            record = json.loads(path.read_text())
            policy = path.parent / "policy.json"
            grants = json.loads(policy.read_text()) if policy.exists() else []
            yield (record["account"], region, name, int(number), digest(path.parent / "layer.zip"),
                   [grant["principal"] for grant in grants] == ["*"])

    def dying(self, place: Place) -> Sequence[str]:
        return ("--below", str(place.folder / "lambda"), "--program", place.tools.binary, "--kill", "40")


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class World:
    """A provider and a ledger."""

    def __init__(self, provider: AWS | Folder, ledger: SQLite | DynamoDB) -> None:
        self.provider, self.ledger = provider, ledger

    def __str__(self) -> str:
        return f"{self.provider.name}, {self.ledger.name}"


WORLDS = [World(provider, ledger) for provider in (AWS(), Folder()) for ledger in (SQLite(), DynamoDB())]
