"""Imports modules, each in a process of its own, and tells what came of it: a line of JSON for each.

    python -I -S imports.py ROOT SECONDS MODULE...

ROOT is the folder of the layer: /opt. In Lambda `handler` is called instead. The processes are forks of this one, which has
imported nothing of the layer, so a module that crashes, hangs or changes its process does so alone. What a module prints
goes nowhere.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any, NoReturn


def attempt(name: str, answers: int) -> NoReturn:
    """What importing a module comes to, in this process, which ends with it."""
    answer: dict[str, Any] = {}
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        os.environ.pop(key, None)
    try:
        importlib.import_module(name)
    except BaseException as error:
        try:
            lines = str(error).strip().splitlines()
        except BaseException:
            lines = []
        # Long ones have the cause in one of both.
        said = lines[:1] + lines[-1:] if len(lines) > 1 else lines
        answer["error"] = ": ".join([type(error).__name__] + [" … ".join(line[:900] for line in said)] * bool(said))
        missing = getattr(error, "name", None)
        if isinstance(error, ModuleNotFoundError) and isinstance(missing, str):
            answer["missing"] = missing[:200]
    os.write(answers, json.dumps(answer).encode() + b"\n")
    os._exit(0)


def probe(name: str, seconds: float) -> dict[str, Any]:
    """Forks, waits for the answer, and ends whatever the module began."""
    reading, writing = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(reading)
        attempt(name, writing)
    os.close(writing)
    received = b""
    is_late = False
    while not received.endswith(b"\n") and len(received) < 16384:
        left = began + seconds - time.monotonic()
        ready = select.select([reading], [], [], max(0, left))[0]
        if not ready:
            is_late = True
            break
        part = os.read(reading, 4096)
        if not part:
            break
        received += part
    os.close(reading)
    if is_late or received:
        for end in (os.killpg, os.kill):
            try:
                end(child, signal.SIGKILL)
            except OSError:
                pass
    _, status, usage = os.wait4(child, 0)
    answer: dict[str, Any] = {}
    if received:
        try:
            answer = json.loads(received)
        except ValueError:
            answer = {"error": "the answer cannot be read"}
    elif is_late:
        answer = {"late": True}
    elif os.WIFSIGNALED(status):
        answer = {"error": f"ended by signal {os.WTERMSIG(status)}"}
    else:
        answer = {"error": f"ended with status {os.WEXITSTATUS(status)}"}
    answer["module"] = name
    answer["milliseconds"] = int(1000 * (usage.ru_utime + usage.ru_stime))
    answer["memory"] = usage.ru_maxrss * 1024
    return answer


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Imports what an event names, as far as the function's time and what it may answer reach."""
    answers: list[str] = []
    for name in event["modules"]:
        left = context.get_remaining_time_in_millis() / 1000 - 5
        answer = probe(name, min(event["seconds"], max(0, left)))
        # A module that had less time than it may take has not failed.
        if answer.get("late") and left < event["seconds"]:
            break
        answers.append(json.dumps(answer))
        if sum(map(len, answers)) > 2_000_000:
            break
    return {"python": ".".join(map(str, sys.version_info[:3])), "answers": answers}


def main() -> None:
    root, seconds, names = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    sys.path[:0] = ["/var/task", root + "/python/lib/" + version + "/site-packages", root + "/python"]
    sys.argv = ["/var/runtime/bootstrap.py"]
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in names:
        print(json.dumps(probe(name, seconds)), flush=True)


if __name__ == "__main__":
    main()
