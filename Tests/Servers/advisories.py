"""Databases of advisories as OSV publishes them, and what Python's own library says that they mean.

    advisories.py zip DOCUMENTS.json OUT.zip     makes a database of a list of documents
    advisories.py random SEED OUT.zip            makes one of random documents, and prints versions of packages and which
                                                 advisories are about them, by the `packaging` library
"""

from __future__ import annotations

import json
import random
import sys
import zipfile
from typing import Any

from packaging.version import Version

NAMES = [f"p{number}" for number in range(12)]
VERSIONS = [
    "0.1", "0.9.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.1", "1.10", "1.9", "2.0.dev3", "2.0b2", "2.0",
    "2.0.0.1", "2.1.post2", "3", "10.0", "1!0.5", "1!2.0rc1", "2024.1.1",
]


def write(documents: list[Any], path: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(f"{document['id']}.json", json.dumps(document))


def random_document(dice: random.Random, number: int) -> Any:
    affected = []
    for _ in range(dice.randint(1, 2)):
        events: list[Any] = []
        for text in sorted(dice.sample(VERSIONS, dice.choice([1, 2, 2, 3, 4])), key=Version):
            kinds = ["introduced"] if not events or "introduced" not in events[-1] else ["fixed", "last_affected"]
            kind = dice.choice(kinds)
            events.append({kind: "0" if not events and dice.random() < 0.5 else text})
        ranges: list[Any] = [{"type": "ECOSYSTEM", "events": dice.sample(events, len(events))}]
        if dice.random() < 0.3:
            ranges.append({"type": "GIT", "repo": "https://example.invalid", "events": [{"introduced": "0"}]})
        entry: dict[str, Any] = {
            "package": {"ecosystem": dice.choice(["PyPI"] * 9 + ["npm"]), "name": dice.choice(NAMES).upper()},
        }
        if dice.random() < 0.8:
            entry["ranges"] = ranges
        if dice.random() < 0.5:
            entry["versions"] = [f"{text}.0" if text.isdigit() else text for text in dice.sample(VERSIONS, 2)]
        affected.append(entry)
    document: dict[str, Any] = {"id": f"PYSEC-2026-{number}", "affected": affected, "modified": "2026-01-01T00:00:00Z"}
    if dice.random() < 0.1:
        document["withdrawn"] = "2026-02-01T00:00:00Z"
    return document


def is_in(version: Version, events: list[Any]) -> bool:
    """The evaluation of https://ossf.github.io/osv-schema/#evaluation, with `packaging`'s order."""
    order = {"introduced": 0, "fixed": 1, "last_affected": 2}
    steps = []
    for event in events:
        ((kind, text),) = event.items()
        steps.append((Version("0.dev0") if text == "0" else Version(text), order[kind], kind))
    answer = False
    for at, _, kind in sorted(steps):
        if kind == "introduced" and version >= at:
            answer = True
        elif kind == "fixed" and version >= at or kind == "last_affected" and version > at:
            answer = False
    return answer


def is_about(document: Any, name: str, version: Version) -> bool:
    if "withdrawn" in document:
        return False
    for entry in document["affected"]:
        if entry["package"]["ecosystem"] != "PyPI" or entry["package"]["name"].lower() != name:
            continue
        if any(Version(text) == version for text in entry.get("versions", [])):
            return True
        if any(r["type"] == "ECOSYSTEM" and is_in(version, r["events"]) for r in entry.get("ranges", [])):
            return True
    return False


def main() -> None:
    if sys.argv[1] == "zip":
        with open(sys.argv[2], encoding="utf-8") as file:
            write(json.load(file), sys.argv[3])
        return
    dice = random.Random(int(sys.argv[2]))
    documents = [random_document(dice, number) for number in range(400)]
    write(documents, sys.argv[3])
    packages = {name: dice.choice(VERSIONS) for name in NAMES}
    known = sorted(
        f"{name} {document['id']}"
        for name, text in packages.items()
        for document in documents
        if is_about(document, name, Version(text))
    )
    print(json.dumps({"packages": packages, "known": known}))


if __name__ == "__main__":
    main()
