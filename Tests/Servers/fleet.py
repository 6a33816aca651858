"""What a fleet is made of, behind the front: CloudFormation, Step Functions, functions and what they may do.

What a test asks, as JSON to `/front/…`:

    stacks       names the resources whose creation or change fails from now on
    objects      tells all objects in an account's buckets
    functions    serves a deployed stack's functions as processes, each with a key of its role, whose policies are kept
    canned       makes functions of `canned_handlers.py` instead; `world` tells what came of them, `die` ends their lease
    faults       breaks functions as `functions.py` describes it
    invocations  tells how often each role was invoked, `logs` what the functions wrote
    permissions  tells what each role may do, has done, and was refused
    start, stop, execution    are those of `executions.py`; `run` starts a deployed state machine
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

import runtime_api
import stacks
from canned_handlers import CannedHandlers
from executions import ENGINE_KEY, Executions, configure
from functions import Functions

INVOCATION = re.compile(r"/2015-03-31/functions/([^/]+)/invocations$")
ROLES = ("prepare", "recover", "resolve", "plan", "build", "publish", "commit", "prune", "finish")


class Process:
    """A function that runs in processes of its own."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, body: bytes) -> tuple[Any, Any]:
        status, error, answer = self.function.invoke(body)
        return ("throttle", b"") if status == 429 else (error, answer)

    def kill_next(self, seconds: float) -> None:
        """The process that has the next call is killed so long after it took it."""
        # It is told that its time is up soon: until then nobody else takes its work.
        self.function.faults.append({"fault": "crash", "after": seconds, "seconds": 5})


class Fleet:
    def __init__(self, front: Any, port: int) -> None:
        configure(port)
        stacks.repair()
        self.front = front
        self.functions = Functions()
        self.roles = front.roles
        self.executions = Executions(port)
        self.canned: Any = None

    def control(self, what: str, request: dict[str, Any]) -> Any:
        controls = {
            "stacks": lambda: stacks.FAILING.replace(request["failing"]),
            "objects": lambda: objects(request["account"]),
            "functions": lambda: self.serve(request),
            "canned": lambda: self.can(request),
            "world": lambda: {**self.canned.summary(), **self.functions.summary()},
            "die": lambda: self.canned.end_lease() if self.canned else self.end_lease(request["table"]),
            "faults": lambda: self.functions.replace_rules(request["rules"]),
            "invocations": lambda: self.functions.summary()["calls"],
            "logs": lambda: {"text": self.logs()},
            "permissions": self.roles.report,
            "start": lambda: self.executions.start(request),
            "run": lambda: self.executions.run(request),
            "stop": lambda: self.executions.stop(request),
            "execution": lambda: self.executions.describe(request),
        }
        return controls[what]() or {}

    def serve(self, request: dict[str, Any]) -> None:
        """The functions of a deployed stack: with their environment, and a key whose role is theirs."""
        from moto.awslambda.utils import get_backend
        from moto.cloudformation.models import cloudformation_backends

        account, stack, region = request["account"], request["stack"], request["region"]
        self.let_engine_in(account)
        [made] = cloudformation_backends[account][region].describe_stacks(stack)
        for role in ROLES:
            name = f"{stack}-{role}"
            deployed = get_backend(account, region).get_function(name)
            key_id, key = self.front.mint(account, 86400)
            self.roles.add(key_id, role, made, f"{role.capitalize()}Role")
            folder = os.path.join(request["folder"], role)
            os.makedirs(folder, exist_ok=True)
            # moto keeps a parameter's number as one; Lambda has texts only.
            declared = {name: str(value) for name, value in deployed.environment_vars.items()}
            environment = {
                **request["environment"], **declared, "TMPDIR": folder, "AWS_REGION": region,
                "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_SESSION_TOKEN": key.token,
            }  # fmt: skip
            function = runtime_api.Function(name, request["command"], role, environment, deployed.timeout, 8, folder)
            self.functions.add(name, Process(function))

    def can(self, request: dict[str, Any]) -> None:
        """Canned handlers as functions."""
        from moto.s3.models import s3_backends

        account, bucket = request["account"], request["bucket"]
        self.let_engine_in(account)
        backend = s3_backends[account]["aws"]
        backend.create_bucket(bucket, "us-east-1")

        def get(key: str) -> Any:
            found = backend.get_object(bucket, key)
            return None if found is None else json.loads(found.value)

        def put(key: str, value: Any) -> None:
            backend.put_object(bucket, key, json.dumps(value).encode())

        self.canned = CannedHandlers(
            bucket, put, get, request["layers"], request["targets"], request["regions"], request.get("failing", ()),
            request.get("missing"),
        )  # fmt: skip
        for role in ROLES:
            self.functions.add(f"strata-{role}", self.canned.function(role))

    def let_engine_in(self, account: str) -> None:
        """moto's engine calls Lambda and S3 with a key of its own."""
        self.front.control("keys", {"key": ENGINE_KEY[0], "secret": ENGINE_KEY[1], "account": account})

    def end_lease(self, table: str) -> None:
        """Lets the term of the lease in a ledger's table be over."""
        self.executions.client("dynamodb").update_item(
            TableName=table, Key={"pk": {"S": "lease"}, "sk": {"S": "publish"}}, UpdateExpression="SET #until = :zero",
            ExpressionAttributeNames={"#until": "until"}, ExpressionAttributeValues={":zero": {"N": "0"}},
        )  # fmt: skip

    def processes(self) -> dict[str, Any]:
        return {name: kept.function for name, kept in self.functions.functions.items() if isinstance(kept, Process)}

    def logs(self) -> str:
        written = {name: function.written() for name, function in self.processes().items()}
        return "".join(f"{name}: {line}\n" for name, log in written.items() for line in log.splitlines())

    def stop(self) -> None:
        for function in self.processes().values():
            function.kill()


def objects(account: str) -> dict[str, Any]:
    """All objects of an account's buckets, as text."""
    from moto.s3.models import s3_backends

    buckets = s3_backends[account]["aws"].buckets.values()
    return {key: found.value.decode(errors="replace") for bucket in buckets for key, found in bucket.keys.items()}
