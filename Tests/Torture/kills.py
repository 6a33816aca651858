"""A run that dies at each of its effects in turn, is run again, and is compared with one that nobody disturbed."""

from __future__ import annotations

from typing import Any

from place import Place, Tools
from scenarios import Scenario
from truth import Truth, expect, settled


class Point:
    """Where a run dies."""

    def __init__(self, scenario: Scenario, kind: str, number: Any, label: str, mode: str = "kill") -> None:
        self.scenario, self.kind, self.number, self.label, self.mode = scenario, kind, number, label, mode

    def __str__(self) -> str:
        return f"{self.scenario.name}: {self.label}, {self.kind} {self.number}"


def watching(place: Place, log: Any = None, *options: Any) -> list[Any]:
    """The tracer's options for this trial: files of its folder, without those of the servers."""
    below = [option for name in ("state", "cache", "lambda") for option in ("--below", str(place.folder / name))]
    logging = ["--log", str(log)] if log else []
    return [*below, "--except", "-shm", "--program", place.tools.binary, *logging, *options]


def effects(place: Place, log: Any) -> Any:
    """Number, role, call and path below the folder, for each effect of a run that was traced."""
    found = []
    for line in log.read_text().splitlines():
        number, role, call, path = line.split(" ", 3)
        found.append((int(number), role, call, path.removeprefix(f"{place.folder}/")))
    return found


def label(role: str, call: str, path: str) -> str:
    """The row of the table that an effect belongs to."""
    where = path.split("/")
    area = {"state": "ledger", "lambda": "folder of layers"}.get(where[0])
    if area is None:
        area = {"clones": "clone of the registry", "builds": "builds", "wheels": "wheels"}.get(
            where[1] if len(where) > 1 else "", "pages and locks")
    if area == "ledger" and "-lease-" in path:
        area = "sign of life"
    return f"{area}: {'write' if 'write' in call else call}"


def chosen(found: Any) -> Any:
    """Every effect once, except that writes in a row to one file, as of a transaction or a pack, are one effect: it is
    torn in its middle."""
    points: list[Any] = []
    row: list[Any] = []
    for effect in [*found, None]:
        if row and (effect is None or effect[1:] != row[0][1:]):
            points.append((row[len(row) // 2], "tear"))
            row = []
        if effect is None:
            break
        if "write" in effect[2]:
            row.append(effect)
        else:
            points.append((effect, "kill"))
    return points


def rehearse(tools: Tools, scenario: Scenario, cache: str) -> tuple[Any, Any]:
    """A run that nobody disturbs: the points where others will die, and what is true in the end."""
    with Place(tools, cache if scenario.warm else None) as place:
        scenario.prepare(place)
        log = place.folder / "effects"
        expect(place.strata(*scenario.command, tracer=watching(place, log)))
        points = [Point(scenario, "effect", effect[0], label(*effect[1:]), mode)
                  for effect, mode in chosen(effects(place, log))]
        for number, operation in enumerate(place.requests, 1):
            points.append(Point(scenario, "aws before", number, f"AWS, not yet sent: {operation}"))
            points.append(Point(scenario, "aws after", number, f"AWS, done and not answered: {operation}"))
        for number in range(1, place.connections + 1):
            points.append(Point(scenario, "ssh", number, "SSH: connection"))
        if place.connections:
            for branch in ("main", "gh-pages"):
                points.append(Point(scenario, "pre-receive", branch, "push: sent, branch not yet moved"))
                points.append(Point(scenario, "post-receive", branch, "push: branch moved, not answered"))
        problems = settled(place)
        truth = Truth(place)
        if problems:
            raise AssertionError(f"{scenario.name}, undisturbed: {problems}")
        return points, truth


def trial(tools: Tools, point: Point, expected: Truth, cache: str) -> tuple[Any, Any]:
    """Dies at the point, runs again, compares. Returns whether it died, and what is wrong."""
    scenario = point.scenario
    with Place(tools, cache if scenario.warm else None) as place:
        scenario.prepare(place)
        log = place.folder / "effects"
        tracer = []
        if point.kind == "effect":
            tracer = watching(place, log, f"--{point.mode}", str(point.number))
        elif point.kind in ("pre-receive", "post-receive"):
            (place.folder / "kill-at").write_text(f"{point.kind} {point.number}")
        else:
            place.kill_at = (point.kind, point.number)
        first = place.strata(*scenario.command, tracer=tracer)
        (place.folder / "kill-at").unlink(missing_ok=True)
        died = first.code in (137, -9)
        place.kill_at = None
        if not died and first.code != 0:
            return False, [f"it did not die, and exits with {first.code}: {first.error.strip()[-1500:]}"]
        if died and point.kind == "effect":
            # Which effect comes at which number is not the same in every run.
            point.label = label(*effects(place, log)[-1][1:])
        problems = []
        if scenario.done:
            again = place.strata(*scenario.command)
            if again.code != 0:
                problems.append(f"asked again, it exits with {again.code}: {again.error.strip()[-1500:]}")
        return died, problems + settled(place, expected)


