"""Lambda functions that are made, called and deleted, with their layers at `/opt`: as far as proofs of imports need it.

A function is called in a process of its own: with its code and layers unpacked to a folder, by an interpreter of its
runtime's minor version, or by this one where the machine has none. What a test asks for an `account` goes to
`/front/probes`, and tells what there is and all that was done:

    {"state": "Failed"}       what becomes of new functions instead of Active
    {"refuse": "python3.14"}  a runtime that is not offered
"""

from __future__ import annotations

import base64
import collections
import functools
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from typing import Any

from layers import ARCHITECTURES, RUNTIMES, UNZIPPED_LIMIT, Fault, Layer, Layers, invalid, missing

PATH = re.compile(r"/2015-03-31/functions(?:/([^/]+)(?:/(configuration|invocations))?)?$")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
ANSWER_LIMIT = 6 * 1024 * 1024

# Lambda's own runtime, as far as a handler sees it.
RUNTIME = """
import importlib, json, os, sys, time
task, opt, handler, seconds = sys.argv[1:]
end = time.monotonic() + float(seconds)
version = "python%d.%d" % sys.version_info[:2]
sys.path[:0] = [task, opt + "/python/lib/" + version + "/site-packages", opt + "/python"]
class Context:
    def get_remaining_time_in_millis(self):
        return int(max(0, end - time.monotonic()) * 1000)
answers = os.dup(1)
os.dup2(2, 1)
module, name = handler.rsplit(".", 1)
answer = getattr(importlib.import_module(module), name)(json.load(sys.stdin), Context())
with os.fdopen(answers, "w") as file:
    json.dump(answer, file)
"""


class Function:
    def __init__(self, request: dict[str, Any], layers: list[bytes], state: str) -> None:
        self.request, self.layers, self.end = request, layers, state
        # So often it is shown as not ready.
        self.looks = 1
        self.code = base64.b64decode(request["Code"]["ZipFile"], validate=True)


class Probes:
    """The functions of all accounts and regions."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.lock = threading.Lock()
        self.functions: dict[tuple[str, str, str], Function] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.done: dict[str, list[str]] = collections.defaultdict(list)

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        account = request["account"]
        with self.lock:
            self.asked.setdefault(account, {}).update(request)
            there = [name for owner, _, name in self.functions if owner == account]
            kept = [f"{name}:{number}" for (owner, _, name), layer in self.layers.layers.items()
                    if owner == account and name.startswith("strata-probe-") for number in layer.versions]
            granted = [arn for arn in self.layers.granted if f":{account}:" in arn]
            return {"functions": there, "layers": kept, "done": self.done[account], "granted": granted}

    def answer(self, method: str, path: str, body: bytes, account: str, region: str) -> tuple[int, list[Any], bytes] | None:
        """Status, headers and body; None for what is no call of a function."""
        match = PATH.match(path)
        if not match:
            return None
        name, what = match.groups()
        if name is None and method == "POST":
            return self.create(json.loads(body), account, region)
        if not re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name or ""):
            raise invalid(f"Value '{name}' at 'functionName' failed to satisfy constraint")
        place = (account, region, name)
        if what is None and method == "DELETE":
            with self.lock:
                if self.functions.pop(place, None) is None:
                    raise missing(f"Function not found: {name}")
                self.done[account].append(f"DeleteFunction {name}")
            return 204, [], b""
        with self.lock:
            function = self.functions.get(place)
            if function is None:
                raise missing(f"Function not found: arn:aws:lambda:{region}:{account}:function:{name}")
            if what == "configuration" and method == "GET":
                state = self.state(function)
                function.looks -= 1
                return 200, [], json.dumps(state).encode()
            if what != "invocations" or method != "POST":
                raise Fault(404, "UnknownOperationException", f"{method} {path}")
            state = self.state(function)
            if state["State"] != "Active":
                raise Fault(409, "ResourceConflictException", "The operation cannot be performed at this time. "
                            f"The function is currently in the following state: {state['State']}")
            self.done[account].append(f"Invoke {name}")
        error, answer = self.invoke(function, body)
        return 200, [("X-Amz-Function-Error", "Unhandled")] if error else [], answer

    def state(self, function: Function) -> dict[str, Any]:
        is_ready = function.looks <= 0
        state = {
            "FunctionName": function.request["FunctionName"],
            "State": function.end if is_ready else "Pending",
            "LastUpdateStatus": "Successful",
            "Layers": [{"Arn": arn, "CodeSize": 1} for arn in function.request["Layers"]],
        }
        if state["State"] != "Active":
            state |= {"StateReason": "made so", "StateReasonCode": "Creating"}
        return state

    def create(self, request: dict[str, Any], account: str, region: str) -> tuple[int, list[Any], bytes]:
        name = request["FunctionName"]
        known = {"FunctionName", "Description", "Role", "Runtime", "Architectures", "Handler", "Code", "Layers",
                 "MemorySize", "Timeout", "Tags"}
        if set(request) != known:
            raise invalid(f"{sorted(set(request) ^ known)}")
        if not re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name):
            raise invalid(f"Value '{name}' at 'functionName' failed to satisfy constraint")
        if len(request["Description"]) > 256:
            raise invalid("Value at 'description' failed to satisfy constraint: length less than or equal to 256")
        if not 128 <= request["MemorySize"] <= 10_240 or not 1 <= request["Timeout"] <= 900:
            raise invalid("Value at 'memorySize' or 'timeout' failed to satisfy constraint")
        role = ROLE.fullmatch(request["Role"])
        if not role:
            raise invalid(f"Value '{request['Role']}' at 'role' failed to satisfy constraint")
        if role[1] != account:
            raise Fault(403, "AccessDeniedException", "Cross-account pass role is not allowed.")
        if request["Role"].endswith("/untrusting"):
            raise Fault(400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
        asked = self.asked.get(account, {})
        if request["Runtime"] not in RUNTIMES - {asked.get("refuse")}:
            raise invalid(f"Value {request['Runtime']} at 'runtime' failed to satisfy constraint: enum value set")
        if not set(request["Architectures"]) <= ARCHITECTURES:
            raise invalid("Value at 'architectures' failed to satisfy constraint")
        contents = [self.content(arn, account, region) for arn in request["Layers"]]
        function = Function(request, contents, asked.get("state", "Active"))
        sizes = [entry.file_size for zipped in [*contents, function.code]
                 for entry in zipfile.ZipFile(io.BytesIO(zipped)).infolist()]
        if sum(sizes) > UNZIPPED_LIMIT:
            raise invalid(f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT} bytes.")
        with self.lock:
            if (account, region, name) in self.functions:
                raise Fault(409, "ResourceConflictException", f"Function already exist: {name}")
            self.functions[account, region, name] = function
            self.done[account].append(f"CreateFunction {name}")
        return 201, [], json.dumps(self.state(function)).encode()

    def content(self, arn: str, account: str, region: str) -> bytes:
        parts = arn.split(":")
        layer = self.layers.layers.get((account, region, parts[6]), Layer()) if parts[3:5] == [region, account] else Layer()
        version = layer.versions.get(int(parts[7]))
        if version is None:
            raise Fault(400, "InvalidParameterValueException", f"Layer version {arn} does not exist.")
        found: bytes = self.layers.contents[version.location.rsplit("/", 1)[1]]
        return found

    def invoke(self, function: Function, event: bytes) -> tuple[bool, bytes]:
        """Whether the function failed, and what it says."""
        folder = tempfile.mkdtemp(prefix="strata-function-")
        try:
            for part, zips in (("task", [function.code]), ("opt", function.layers)):
                for zipped in zips:
                    unpack(zipped, f"{folder}/{part}")
            return self.run(function, event, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, function: Function, event: bytes, folder: str) -> tuple[bool, bytes]:
        runtime, seconds = function.request["Runtime"], function.request["Timeout"]
        environment = {
            "PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC", "LD_LIBRARY_PATH": f"{folder}/opt/lib",
            "AWS_ACCESS_KEY_ID": "ASIAFUNCTION", "AWS_SECRET_ACCESS_KEY": "the-function's", "AWS_SESSION_TOKEN": "its",
            "AWS_LAMBDA_FUNCTION_NAME": function.request["FunctionName"], "HOME": folder, "TMPDIR": folder,
        }  # fmt: skip
        process = subprocess.Popen(
            [interpreter(runtime), "-I", "-S", "-B", "-c", RUNTIME, f"{folder}/task", f"{folder}/opt",
             function.request["Handler"], str(seconds)],
            env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        try:
            answer, said = process.communicate(event, timeout=seconds)
        except subprocess.TimeoutExpired:
            return True, failure("Sandbox.Timedout", f"RequestId: 1 Error: Task timed out after {seconds}.00 seconds")
        finally:
            # What the function began ends with it.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        if process.returncode < 0:
            return True, failure("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed")
        if process.returncode > 0 or not answer:
            return True, failure("Runtime.ExitError", said.decode(errors="replace")[-200:])
        if len(answer) > ANSWER_LIMIT:
            return True, failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size")
        return False, answer


@functools.cache
def interpreter(runtime: str) -> str:
    """One of that version; this one if there is none that runs."""
    if runtime == f"python{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    found = shutil.which(runtime)
    runs = found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
    return found if found and runs else sys.executable


def unpack(zipped: bytes, folder: str) -> None:
    """With the files' modes, as Lambda does."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, folder)
            if not entry.is_dir():
                os.chmod(path, (entry.external_attr >> 16) & 0o777)


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
