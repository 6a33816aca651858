"""Runs commands by turns and tells what each took: wall time, CPU time and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Sample:
    wall: float
    cpu: float
    #: Most memory that the command's own process had, in bytes; with the pages of files that it has mapped.
    resident: int
    #: Most anonymous memory that the command's own process had, sampled every millisecond, in bytes.
    anonymous: int


def memory(pid: int) -> tuple[Any, Any]:
    """RssAnon and the peak of all, as the kernel counts them since the program began.

    Not `ru_maxrss`: it also holds what the harness had when it started the command.
    """
    found = {"RssAnon": 0, "VmHWM": 0}
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] = int(rest.split()[0]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found["RssAnon"], found["VmHWM"]


def run(command: Sequence[str], **options: Any) -> Sample:
    """One run. The command must succeed."""
    options.setdefault("stdout", subprocess.DEVNULL)
    anonymous = resident = 0
    ended = threading.Event()

    def watch(pid: int) -> None:
        nonlocal anonymous, resident
        while not ended.is_set():
            # Popen returns after the exec: this is the command's memory, not the harness's.
            now, peak = memory(pid)
            anonymous, resident = max(anonymous, now), max(resident, peak)
            time.sleep(0.001)

    start = time.perf_counter()
    process = subprocess.Popen(command, **options)
    watcher = threading.Thread(target=watch, args=(process.pid,))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"failed with {process.returncode}: {command}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, resident, anonymous)


def by_turns(commands: Any, rounds: int, before: Any = lambda name: None) -> Any:
    """Every command once a round, so that what disturbs the machine disturbs all of them."""
    samples: dict[str, Any] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before(name)
            samples[name].append(command() if callable(command) else run(command))
    return samples


def median(samples: Sequence[Sample], field: str) -> Any:
    return statistics.median(getattr(sample, field) for sample in samples)


def spread(values: Sequence[float]) -> tuple[Any, Any]:
    """From the first to the third quartile."""
    values = sorted(values)
    if len(values) < 4:
        return values[0], values[-1]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def ratios(samples: Sequence[Sample], base: Sequence[Sample]) -> list[Any]:
    """How many times longer than `base`: the ratio of each round, so that a slow minute does not count twice."""
    return [sample.wall / other.wall for sample, other in zip(samples, base)]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def machine() -> str:
    names = {line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")}
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} × {', '.join(sorted(names)) or 'unknown'}; load at the beginning {load:.1f}"
