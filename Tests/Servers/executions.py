"""Runs the state machine's definition on moto's engine, as Step Functions would."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from typing import Any

# moto's engine goes on to the next job of a Map by calling itself.
sys.setrecursionlimit(200_000)
threading.stack_size(64 << 20)

ENGINE_KEY = ("ak", "sk")
REGION = "us-east-1"


def configure(port: int) -> None:
    """Lets moto execute state machines, and tells it where Lambda and S3 are: here."""
    import os

    from moto.core.config import default_user_config

    os.environ["MOTO_PORT"] = str(port)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["lambda"] = {"use_docker": False}


class Executions:
    def __init__(self, port: int) -> None:
        self.port = port

    def client(self, service: str = "stepfunctions") -> Any:
        import boto3

        return boto3.client(
            service, region_name=REGION, endpoint_url=f"http://localhost:{self.port}",
            aws_access_key_id=ENGINE_KEY[0], aws_secret_access_key=ENGINE_KEY[1],
        )  # fmt: skip

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts `definition` with its placeholders filled in; `pause` is what a retry waits, at most."""
        definition = request["definition"]
        for name, value in request.get("values", {}).items():
            definition = definition.replace("${" + name + "}", value)
        left = re.findall(r"\$\{[^}]*\}", definition)
        if left:
            raise ValueError(f"no value for {left}")
        document = json.loads(definition)
        if "pause" in request:
            shorten(document, request["pause"])
        client = self.client()
        machine = client.create_state_machine(
            name=f"fleet-{time.time_ns()}", definition=json.dumps(document),
            roleArn="arn:aws:iam::123456789012:role/fleet",
        )  # fmt: skip
        started = client.start_execution(
            stateMachineArn=machine["stateMachineArn"], name=request["name"], input=json.dumps(request.get("input", {}))
        )
        return {"arn": started["executionArn"]}

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts a state machine as it was deployed."""
        started = self.client().start_execution(
            stateMachineArn=request["machine"], name=request["name"], input=json.dumps(request.get("input", {}))
        )
        return {"arn": started["executionArn"]}

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        self.client().stop_execution(executionArn=request["arn"])
        return {}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        client = self.client()
        found = client.describe_execution(executionArn=request["arn"])
        events = client.get_execution_history(executionArn=request["arn"])["events"]
        entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
        return {
            "status": found["status"],
            "output": found.get("output"),
            "error": found.get("error"),
            "cause": found.get("cause"),
            "states": entered,
            "largest": max((len(json.dumps(event, default=str)) for event in events), default=0),
        }


def shorten(node: Any, pause: float) -> None:
    """Makes the pauses of all retries short; their number stays."""
    if isinstance(node, list):
        for child in node:
            shorten(child, pause)
    elif isinstance(node, dict):
        if "IntervalSeconds" in node:
            node["IntervalSeconds"] = min(node["IntervalSeconds"], pause)
            node["MaxDelaySeconds"] = pause + 1
        for child in node.values():
            shorten(child, pause)
