"""Lambda on loopback: functions that are processes, each with a Runtime API of its own, as Lambda's sandboxes have it.

    python runtime_api.py

Prints its port and ends when its standard input does. Functions are invoked as Lambda's are, unsigned, with
`POST /2015-03-31/functions/NAME/invocations`. What a test asks of the emulator itself goes to `/control/…` as JSON:
`functions` makes a function, `faults` says what goes wrong with its next invocations, `stop` ends its processes with
SIGTERM and tells their exit codes, `log` tells what they wrote, `counts` tells how many invocations and processes
there were.

What it does like Lambda: one invocation at a time in a process, and a new process when none is free; an empty
environment but for Lambda's own variables and the function's; `Sandbox.Timedout`, `Runtime.ExitError`, the runtime's
own init errors, `TooManyRequestsException`; 6 MB for a request and a response. What it leaves out: freezing between
invocations, extensions, memory limits, asynchronous invocations. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import collections
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAYLOAD_LIMIT = 6 * 1024 * 1024
# What a response may have besides: Lambda tells this number when it is exceeded.
RESPONSE_LIMIT = 6291556
# Lambda gives 10 s to begin, 2 s to end, and no time after the deadline. Here nothing depends on how busy the machine is.
INIT_SECONDS = 300
GRACE_SECONDS = 300


class Invocation:
    """A call under way, and what became of it."""

    def __init__(self, payload: bytes, seconds: float, grace: Any = GRACE_SECONDS) -> None:
        self.id = str(uuid.uuid4())
        self.payload = payload
        self.seconds, self.grace = seconds, grace
        self.deadline: float | None = None
        self.taken = threading.Event()
        self.ended = threading.Event()
        self.error: str | None = None
        self.answer = b""

    def end(self, error: str | None, answer: bytes) -> None:
        if not self.ended.is_set():
            self.error, self.answer = error, answer
            self.ended.set()

    def fail(self, kind: str, message: str) -> None:
        self.end("Unhandled", failure(kind, f"RequestId: {self.id} Error: {message}"))


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class Sandbox:
    """One process of a function, and the Runtime API that only it sees."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.waiting: queue.Queue[Any] = queue.Queue()
        self.current: Any = None
        self.init_error = None
        self.connections: set[Any] = set()
        self.ready = threading.Event()
        self.api = Server(("127.0.0.1", 0), type("Handler", (RuntimeAPI,), {"sandbox": self}))
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.process = subprocess.Popen(
            function.command,
            cwd=function.folder,
            env={**function.environment, **self.variables()},
            stdin=subprocess.DEVNULL,
            stdout=function.log,
            stderr=function.log,
            start_new_session=True,
        )

    def variables(self) -> dict[str, Any]:
        """Those that Lambda reserves.
        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
        return {
            "_HANDLER": self.function.handler,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_address[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": self.function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.function.name}",
            "LAMBDA_TASK_ROOT": self.function.task_root,
            "TZ": ":UTC",
        }

    def run(self, invocation: Invocation) -> bool:
        """Carries an invocation out. Returns False if the process cannot be used again."""
        if not self.ready.is_set() and not self.wait_for_init(invocation):
            return False
        self.current = invocation
        invocation.deadline = time.time() + invocation.seconds
        self.waiting.put(invocation)
        while not invocation.ended.wait(0.02):
            if self.process.poll() is not None:
                # What it posted with its last breath is on its way.
                self.wait_for_posts(invocation)
                invocation.fail("Runtime.ExitError", f"Runtime exited with error: {exit_text(self.process.returncode)}")
            elif time.time() > invocation.deadline + invocation.grace:
                self.kill()
                invocation.fail("Sandbox.Timedout", f"Task timed out after {invocation.seconds:.2f} seconds")
        self.current = None
        return self.process.poll() is None

    def wait_for_posts(self, invocation: Invocation) -> None:
        end = time.time() + GRACE_SECONDS
        while not invocation.ended.wait(0.2) and self.connections and time.time() < end:
            pass

    def wait_for_init(self, invocation: Invocation) -> bool:
        end = time.time() + INIT_SECONDS
        while not self.ready.wait(0.02):
            if self.process.poll() is None and time.time() < end:
                continue
            timed_out = self.process.poll() is None
            self.kill()
            if self.init_error:
                invocation.end("Unhandled", self.init_error)
            elif timed_out:
                invocation.fail("Sandbox.Timedout", f"Init timed out after {INIT_SECONDS} seconds")
            else:
                text = exit_text(self.process.returncode)
                invocation.fail("Runtime.ExitError", f"Runtime exited with error: {text}")
            return False
        return True

    def kill(self) -> None:
        """Ends the process and what it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self) -> Any:
        """As Lambda shuts a sandbox down that has an extension: SIGTERM, and after a while SIGKILL."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self.close()
        return self.process.returncode

    def close(self) -> None:
        threading.Thread(target=self.api.shutdown, daemon=True).start()
        self.api.server_close()


def exit_text(code: int) -> str:
    return f"signal: {signal.Signals(-code).name.lower()}" if code < 0 else f"exit status {code}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"{}", **headers: Any) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> Any:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def refuse(self, status: int, kind: str, message: str = "") -> None:
        self.answer(status, failure(kind, message))


class RuntimeAPI(Answering):
    """What the process calls."""

    sandbox: Sandbox
    prefix = "/2018-06-01/runtime/"

    def handle(self) -> None:
        self.sandbox.connections.add(self)
        try:
            super().handle()
        finally:
            self.sandbox.connections.discard(self)

    def do_GET(self) -> Any:
        if self.path != f"{self.prefix}invocation/next":
            return self.refuse(404, "NotFound")
        sandbox = self.sandbox
        sandbox.ready.set()
        while True:
            try:
                invocation = sandbox.waiting.get(timeout=0.1)
                break
            except queue.Empty:
                if sandbox.process.poll() is not None:
                    self.close_connection = True
                    return None
        invocation.taken.set()
        return self.answer(
            200,
            invocation.payload,
            Lambda_Runtime_Aws_Request_Id=invocation.id,
            Lambda_Runtime_Deadline_Ms=str(int(invocation.deadline * 1000)),
            Lambda_Runtime_Invoked_Function_Arn=sandbox.function.arn,
            Lambda_Runtime_Trace_Id=f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
        )

    def do_POST(self) -> Any:
        body = self.body()
        parts = self.path.removeprefix(self.prefix).split("/")
        if parts == ["init", "error"]:
            self.sandbox.init_error = body
            return self.answer(202, b'{"status":"OK"}')
        if len(parts) != 3 or parts[0] != "invocation" or parts[2] not in ("response", "error"):
            return self.refuse(404, "NotFound")
        invocation = self.sandbox.current
        if invocation is None or invocation.id != parts[1]:
            return self.refuse(400, "InvalidRequestID", "Invalid request ID")
        if len(body) > RESPONSE_LIMIT:
            text = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            self.refuse(413, "RequestEntityTooLarge", text)
            return invocation.end("Unhandled", failure("Function.ResponseSizeTooLarge", text))
        # Answered first: the next invocation may come as soon as this one has ended.
        self.answer(202, b'{"status":"OK"}')
        return invocation.end(None if parts[2] == "response" else "Unhandled", body)


class Function:
    """A function: how its processes start, and those that are idle."""

    def __init__(self, name: str, command: Sequence[str], handler: str = "", environment: dict[str, str] | None = None, timeout: float = 60, concurrency: int = 10, folder: str = "/", task_root: str | None = None) -> None:
        self.name, self.command, self.handler = name, command, handler
        self.environment = dict(environment or {})
        self.timeout, self.concurrency, self.folder = timeout, concurrency, folder
        self.task_root = task_root or folder
        self.arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        self.log = tempfile.TemporaryFile("w+b")
        self.lock = threading.Lock()
        self.idle: list[Any] = []
        self.live: set[Any] = set()
        self.busy = 0
        self.faults: collections.deque[Any] = collections.deque()
        self.counts: collections.Counter[Any] = collections.Counter()

    def invoke(self, payload: bytes) -> Any:
        """Returns (status, function error or None, body), as Lambda's Invoke answers."""
        with self.lock:
            fault = self.faults.popleft() if self.faults else {}
        kind = fault.get("fault")
        if kind == "throttle":
            return 429, None, failure("TooManyRequestsException", "Rate Exceeded.")
        if kind == "lose":
            # It happens, and nobody hears of it.
            self.deliver(payload, fault)
            return 500, None, failure("ServiceException", "Lambda has failed to answer.")
        if kind == "duplicate":
            twin = threading.Thread(target=self.deliver, args=(payload, {}))
            twin.start()
            answer = self.deliver(payload, {})
            twin.join()
            return answer
        return self.deliver(payload, fault)

    def deliver(self, payload: bytes, fault: Any) -> tuple[Any, Any, Any]:
        if len(payload) > PAYLOAD_LIMIT:
            return 413, None, failure("RequestTooLargeException", f"{len(payload)} byte payload is too large")
        with self.lock:
            if self.busy >= self.concurrency:
                self.counts["throttled"] += 1
                return 429, None, failure("TooManyRequestsException", "Rate Exceeded.")
            self.busy += 1
            self.counts["invocations"] += 1
            sandbox = self.idle.pop() if self.idle else None
            self.counts["processes"] += 0 if sandbox else 1
        if sandbox is None:
            sandbox = Sandbox(self)
            self.live.add(sandbox)
        invocation = Invocation(
            payload, fault.get("seconds", self.timeout), 0 if fault.get("fault") == "timeout" else GRACE_SECONDS)
        if fault.get("fault") == "crash":
            threading.Thread(target=self.crash, args=(sandbox, invocation, fault.get("after", 0)), daemon=True).start()
        usable = False
        try:
            usable = sandbox.run(invocation)
        finally:
            with self.lock:
                self.busy -= 1
                if usable:
                    self.idle.append(sandbox)
            if not usable:
                self.live.discard(sandbox)
                sandbox.kill()
                sandbox.close()
        return 200, invocation.error, invocation.answer

    def crash(self, sandbox: Sandbox, invocation: Invocation, after: float) -> None:
        invocation.taken.wait(INIT_SECONDS)
        if not invocation.ended.wait(after):
            sandbox.kill()

    def stop(self) -> list[Any]:
        with self.lock:
            live, self.live, self.idle = self.live, set(), []
        return [sandbox.stop() for sandbox in live]

    def kill(self) -> None:
        for sandbox in list(self.live):
            sandbox.kill()

    def written(self) -> str:
        self.log.flush()
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode(errors="replace")


class Emulator:
    """All functions."""

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}

    def control(self, what: str, request: dict[str, Any]) -> Any:
        if what == "functions":
            function = Function(**request)
            self.functions[function.name] = function
            return {"arn": function.arn}
        function = self.functions[request["name"]]
        if what == "faults":
            function.faults.extend(request["faults"])
            return {}
        if what == "stop":
            return {"codes": function.stop()}
        if what == "log":
            return {"log": function.written()}
        if what == "counts":
            return dict(function.counts)
        raise ValueError(what)

    def stop(self) -> None:
        for function in self.functions.values():
            function.kill()


class Frontend(Answering):
    """What the callers of functions call, and the tests."""

    emulator: Emulator

    def do_POST(self) -> Any:
        body = self.body()
        if self.path.startswith("/control/"):
            answer = self.emulator.control(self.path.removeprefix("/control/"), json.loads(body))
            return self.answer(200, json.dumps(answer).encode())
        parts = self.path.split("/")
        if len(parts) != 5 or parts[2] != "functions" or parts[4] != "invocations":
            return self.refuse(404, "NotFound")
        function = self.emulator.functions.get(parts[3].rsplit(":", 1)[-1])
        if function is None:
            return self.refuse(404, "ResourceNotFoundException", f"Function not found: {parts[3]}")
        status, error, answer = function.invoke(body)
        return self.answer(status, answer, **({"X_Amz_Function_Error": error} if error else {}))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is part of the tests."""


def main() -> None:
    emulator = Emulator()
    server = Server(("127.0.0.1", 0), type("Handler", (Frontend,), {"emulator": emulator}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    emulator.stop()


if __name__ == "__main__":
    main()
