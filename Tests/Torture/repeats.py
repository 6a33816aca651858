"""A command that is asked again after it was done says so, and does nothing."""

from __future__ import annotations

from typing import Any

from place import Place
from scenarios import SCENARIOS, Scenario
from truth import Truth, expect, settled
from worlds import WORLDS


def repeated(scenario: Scenario) -> Any:
    def case(place: Place, expected: Truth) -> Any:
        problems: list[Any] = []
        scenario.prepare(place)
        expect(place.strata(*scenario.command))
        # At once, and after a publication that has listed what was done.
        for is_listed in (False, True):
            if is_listed:
                problems += settled(place)
            before, branches = Truth(place), place.git("-C", "registry.git", "for-each-ref")
            again = place.strata(*scenario.command)
            if again.code != 0 or scenario.done not in again.output + again.error:
                problems.append(f"asked again, it exits with {again.code}: {again.output}{again.error}")
            problems += [f"asked again, it changed {line}" for line in Truth(place).differs(before)]
            if place.requests:
                problems.append(f"asked again, it sent {place.requests}")
            if place.git("-C", "registry.git", "for-each-ref") != branches:
                problems.append("asked again, it pushed")
        return problems

    return case


COMMANDS = [scenario for scenario in SCENARIOS if scenario.done]
# Differences are made in AWS's stand-in only.
CASES = [(scenario.name, repeated(scenario), world) for world in (WORLDS[0], WORLDS[-1]) for scenario in COMMANDS
         if world is WORLDS[0] or scenario.name != "reconcile --fix"]
SAMPLE = [case for case in CASES if case[2] is WORLDS[0] and case[0] not in ("yank", "pin --remove")]
