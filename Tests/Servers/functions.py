"""Lambda functions behind the front: what is invoked, and what goes wrong on the way.

A function is anything that can be called with a payload's bytes and answers `(error, bytes)`: `error` is None or the
word that Lambda puts into `X-Amz-Function-Error`. Faults are rules, each for so many times as it says:

    {"role": "publish", "match": "eu-west-1", "fault": "crash", "times": 1}

`role` is the end of the function's name, `match` a text that the payload holds; both may be left out. The faults:

    crash      the runtime ends without an answer; what it did stays done if "late" is true
    kill       the process is killed `seconds` after it began
    hang       nothing for `seconds`, then a timeout
    timeout    Lambda gives up the function; what it did stays done if "late" is true
    throttle   Lambda has no place for it: 429
    unknown    Lambda itself fails: 500
    error      an error of the function with the `error` given
    duplicate  the event is delivered twice; the first answer is lost
"""

from __future__ import annotations

import collections
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

CRASH = {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited with error: exit status 1"}
TIMEOUT = {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out after 60.00 seconds"}
REQUEST_LIMIT = 6 * 1024 * 1024
STATE_LIMIT = 256 * 1024


class Functions:
    """All functions of all accounts, by name."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.functions: dict[str, Any] = {}
        self.rules: list[Any] = []
        self.calls: collections.Counter[Any] = collections.Counter()
        self.largest: collections.Counter[Any] = collections.Counter()

    def add(self, name: str, function: Callable[[bytes], Any]) -> None:
        self.functions[name] = function

    def replace_rules(self, rules: Any) -> None:
        with self.lock:
            self.rules = [dict(rule) for rule in rules]

    def take(self, role: str, body: bytes) -> Any:
        """The first rule that matches, counted down; an empty one if all is to go well."""
        with self.lock:
            for rule in self.rules:
                if rule.get("role", role) != role or rule.get("match", "").encode() not in body:
                    continue
                if rule.get("times") == 0:
                    continue
                if "times" in rule:
                    rule["times"] -= 1
                return rule
        return {}

    def invoke(self, name: str, body: bytes) -> Any:
        """Status, headers and body of Lambda's answer to Invoke."""
        name = name.split(":function:")[-1].split(":")[0]
        function = self.functions.get(name)
        if function is None:
            return self.refusal(404, "ResourceNotFoundException", f"Function not found: {name}")
        role = name.rsplit("-", 1)[-1]
        rule = self.take(role, body)
        fault = rule.get("fault")
        with self.lock:
            self.calls[role] += 1
            self.largest[f"{role} in"] = max(self.largest[f"{role} in"], len(body))
        if len(body) > REQUEST_LIMIT:
            return self.refusal(413, "RequestTooLargeException", f"{len(body)} byte payload is too large")
        if fault == "throttle":
            return self.refusal(429, "TooManyRequestsException", "Rate Exceeded.")
        if fault == "unknown":
            return self.refusal(500, "ServiceException", "made to fail")
        if fault == "error":
            return self.answer("Unhandled", json.dumps({"errorType": rule["error"], "errorMessage": "made to fail"}).encode())
        if fault == "hang":
            time.sleep(rule["seconds"])
        if fault in ("crash", "timeout", "hang"):
            if rule.get("late"):
                function(body)
            return self.answer("Unhandled", json.dumps(CRASH if fault == "crash" else TIMEOUT).encode())
        if fault == "kill":
            function.kill_next(rule["seconds"])
        if fault == "duplicate":
            function(body)
        error, answer = function(body)
        if error == "throttle":
            return self.refusal(429, "TooManyRequestsException", "Rate Exceeded.")
        with self.lock:
            self.largest[f"{role} out"] = max(self.largest[f"{role} out"], len(answer))
        return self.answer(error, answer)

    def summary(self) -> dict[str, Any]:
        with self.lock:
            return {"calls": dict(self.calls), "largest": dict(self.largest)}

    @staticmethod
    def answer(error: Any, body: bytes) -> tuple[Any, Any, Any]:
        headers = [("X-Amz-Executed-Version", "$LATEST")]
        return 200, headers + ([("X-Amz-Function-Error", error)] if error else []), body

    @staticmethod
    def refusal(status: int, code: str, message: str) -> tuple[Any, Any, Any]:
        body = json.dumps({"Type": "User", "Message": message}).encode()
        return status, [("x-amzn-ErrorType", code), ("x-amzn-RequestId", str(uuid.uuid4()))], body
