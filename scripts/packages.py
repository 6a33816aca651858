#!/usr/bin/env python3
"""Keeps the Swift packages that a build uses at the versions of scripts/resolved-packages.txt, transitive ones included.

    packages.py pin      write Package.resolved from the list, where there is none: SwiftPM begins with it
    packages.py check    fail if SwiftPM has resolved anything else, if a test target belongs to no tier, or if a module
                         has other dependencies in the fuzzer's package
    packages.py accept   write the list from Package.resolved, after a change that is meant

A line of the list is: identity, version, commit, address. Package.resolved itself is not kept in git: its form follows
the toolchain's version.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIST = ROOT / "scripts/resolved-packages.txt"
RESOLVED = ROOT / "Package.resolved"
TIERS = ("Unit", "Integration", "EndToEnd")

Pins = dict[str, tuple[str, str, str]]


def listed() -> Pins:
    lines = [line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {identity: (version, revision, address) for identity, version, revision, address in lines}


def resolved() -> Pins:
    pins = json.loads(RESOLVED.read_text())["pins"]
    return {
        pin["identity"]: (pin["state"].get("version", "-"), pin["state"]["revision"], pin["location"]) for pin in pins
    }


def pin() -> None:
    if RESOLVED.exists():
        return
    pins = [
        {
            "identity": identity,
            "kind": "remoteSourceControl",
            "location": address,
            "state": {"revision": revision, "version": version},
        }
        for identity, (version, revision, address) in sorted(listed().items())
    ]
    RESOLVED.write_text(json.dumps({"pins": pins, "version": 2}, indent=2) + "\n")


def accept() -> None:
    head = "# What a build uses: identity, version, commit, address. Written by 'scripts/packages.py accept'.\n"
    lines = [f"{identity} {' '.join(pin)}\n" for identity, pin in sorted(resolved().items())]
    LIST.write_text(head + "".join(lines))


def drift() -> Iterator[str]:
    want, have = listed(), resolved()
    for identity in sorted(want.keys() | have.keys()):
        if identity not in have:
            yield f"{identity} is listed and not used"
        elif identity not in want:
            yield f"{identity} {have[identity][0]} is used and not listed"
        elif want[identity][:2] != have[identity][:2]:
            yield f"{identity} is {have[identity][0]} ({have[identity][1][:12]}), not {want[identity][0]}"


def targets_of(folder: pathlib.Path) -> list[dict[str, Any]]:
    command = ["swift", "package", "dump-package"]
    package: dict[str, Any] = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    targets: list[dict[str, Any]] = package["targets"]
    return targets


def fuzzed() -> Iterator[str]:
    """Modules whose dependencies are not the same where they are fuzzed."""

    def needs(target: dict[str, Any]) -> set[str]:
        return {value[0] for dependency in target["dependencies"] for value in dependency.values()}

    ours = {target["name"]: needs(target) for target in targets_of(ROOT)}
    for target in targets_of(ROOT / "Fuzz"):
        name = target["name"]
        if name in ours and needs(target) != ours[name]:
            yield f"{name} depends in Fuzz/Package.swift on others than in Package.swift: " + ", ".join(
                sorted(needs(target) ^ ours[name])
            )


def strays() -> Iterator[str]:
    """Test targets outside of the tiers that 'make test' runs, and folders in them that are no target."""
    targets = {target["path"] for target in targets_of(ROOT) if target["type"] == "test"}
    folders = {
        f"Tests/{tier}/{folder.name}"
        for tier in TIERS
        for folder in (ROOT / "Tests" / tier).iterdir()
        if any(folder.glob("**/*.swift"))
    }
    for path in sorted(targets - folders):
        yield f"the test target in {path} belongs to no tier of 'make test'"
    for path in sorted(folders - targets):
        yield f"{path} is no test target in Package.swift"


def check() -> None:
    subprocess.run(["swift", "package", "resolve"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    problems = [*drift()]
    if problems:
        sys.exit(
            f"packages: {'; '.join(problems)}. Remove Package.resolved to go back to the list, or accept the change: "
            "scripts/packages.py accept"
        )
    if problems := [*strays(), *fuzzed()]:
        sys.exit(f"packages: {'; '.join(problems)}")


if __name__ == "__main__":
    actions = {"pin": pin, "check": check, "accept": accept}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    actions[sys.argv[1]]()
