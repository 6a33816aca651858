"""Runs cfn-lint on the fleet's template, on its foundation alone, and on the state machine as a definition.

    python lint_template.py BINARY [--break STATE KEY VALUE]

Prints what it finds, nothing if all is well. `--break` sets a key of a state first: then something is found, or the
check checks nothing. What cfn-lint does not look at is looked at here: that every transition leads somewhere, that every
state is reached, and that every task is tried again and, outside of a Map, caught.
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cfnlint.api import ManualArgs, lint

ROOT = pathlib.Path(__file__).resolve().parents[2]


def found(name: str, text: str, ignoring: Sequence[str] = ()) -> Iterator[Any]:
    for match in lint(text, config=ManualArgs(regions=["us-east-1", "eu-central-1"])):
        if match.rule.id not in ignoring:
            yield f"{name}:{match.linenumber}: {match.rule.id} {match.message}"


def template(binary: str, part: str) -> Any:
    """What 'strata deploy' sends."""
    return subprocess.run([binary, "deploy", "--template", part], check=True, capture_output=True, text=True).stdout


def read_machine(broken: Sequence[str] | None) -> Any:
    text = (ROOT / "deploy/state-machine.asl.json").read_text()
    definition = json.loads(re.sub(r"\$\{(\w+)\.Arn\}", r"arn:aws:lambda:us-east-1:123456789012:function:\1", text)
                            .replace("${AWS::Partition}", "aws"))  # fmt: skip
    if broken:
        state, key, value = broken
        definition["States"][state][key] = value
    return definition


def flaws(machine: dict[str, Any], is_top: bool = True) -> Iterator[Any]:
    """What is wrong with the ways through a state machine, and through those of its Maps."""
    states = machine["States"]
    reached = {machine["StartAt"]}
    for name, state in states.items():
        choices = [choice["Next"] for choice in state.get("Choices", ())]
        catches = [catch["Next"] for catch in state.get("Catch", ())]
        onwards = [state[key] for key in ("Next", "Default") if key in state]
        targets = {*choices, *catches, *onwards}
        reached |= targets
        for target in targets - states.keys():
            yield f"state machine: {name} leads to {target}, which is not there"
        if not onwards and not state.get("End") and state["Type"] not in ("Succeed", "Fail"):
            yield f"state machine: {name} leads nowhere"
        if state["Type"] == "Task" and not state.get("Retry"):
            yield f"state machine: {name} is not tried again"
        if state["Type"] in ("Task", "Map") and is_top and not catches:
            yield f"state machine: the failure of {name} is not caught"
        if state["Type"] == "Map":
            yield from flaws(state["ItemProcessor"], is_top=False)
    for name in states.keys() - reached:
        yield f"state machine: {name} is never reached"


def template_of(definition: dict[str, Any]) -> Any:
    """The state machine alone, where cfn-lint reads the definition and not a text."""
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                "Machine": {
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Properties": {
                        "RoleArn": "arn:aws:iam::123456789012:role/machine",
                        "Definition": definition,
                    },
                }
            },
        }
    )


def main() -> None:
    binary = sys.argv[1]
    broken = sys.argv[3:6] if sys.argv[2:3] == ["--break"] else None
    definition = read_machine(broken)
    lines = [*found("template", template(binary, "whole"))]
    # Parameters and conditions belong to the whole.
    lines += found("foundation", template(binary, "foundation"), ignoring=("W2001", "W8001"))
    lines += found("state machine", template_of(definition))
    lines += flaws(definition)
    print("\n".join(lines), end="")


if __name__ == "__main__":
    main()
