"""Disks that are full, broken or read-only, under the ledger, the cache and the clone of the registry."""

from __future__ import annotations

import errno
import shutil
from typing import Any

from kills import effects, watching
from place import Place
from truth import Truth, settled

# Part of the path, what is kept there, and the effects on it from which on the disk fails.
DISKS = [
    ("/state/", "ledger", (1, 4, 12, 60, 200, 300)),
    ("/cache/pages/", "pages of the index", (1, 6)),
    ("/cache/resolves/", "locks", (1, 3)),
    ("/cache/wheels/", "wheels", (1, 3, 12)),
    ("/cache/builds/", "builds", (1, 4, 9)),
    ("/cache/clones/", "clone of the registry", (1, 8, 40, 200)),
]
ERRORS = [(errno.ENOSPC, "full"), (errno.EIO, "broken"), (errno.EROFS, "read-only")]


def failing(part: str, number: int, start: Any) -> Any:
    def case(place: Place, expected: Truth) -> Any:
        # With nothing in the cache, something is written to it.
        shutil.rmtree(place.folder / "cache")
        (place.folder / "cache").mkdir()
        log = place.folder / "effects"
        options = ("--fail", str(number), "--on", part, "--from", str(start))
        outcome = place.strata("publish", tracer=watching(place, log, *options))
        problems = []
        reached = sum(part in f"/{path}" for _, _, _, path in effects(place, log)) >= start
        if not reached:
            problems.append("the disk was not used so much that it could fail")
        if outcome.code not in (0, 1, 3):
            problems.append(f"exits with {outcome.code}: {outcome.error.strip()[-1500:]}")
        if outcome.code == 1 and len(outcome.errors) != 1:
            problems.append(f"{len(outcome.errors)} lines for one error: {outcome.error.strip()[-1500:]}")
        if "Fatal error" in outcome.error:
            problems.append(f"it crashed: {outcome.error.strip()[-1500:]}")
        told = " | ".join(line for line in outcome.error.splitlines() if line.startswith(("error", "hint", "warning")))
        place.told = f"{outcome.code} {told}"
        return problems + settled(place, expected)

    return case


CASES = [(f"{what} {state}", failing(part, number, start))
         for part, what, starts in DISKS for number, state in ERRORS for start in starts]
