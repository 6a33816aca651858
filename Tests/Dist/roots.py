"""Roots that hold nothing but what is put there, and commands inside them."""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

DEVICES = ["null", "zero", "full", "random", "urandom"]
USER = 4711


def program(name: str) -> str:
    path = shutil.which(name)
    if not path:
        raise SystemExit(f"{name} is missing")
    return path


def variables() -> dict[str, str]:
    """How this machine reaches the index, and nothing else of it."""
    passed = re.compile(r"(UV_.*|.*_proxy)", re.IGNORECASE)
    return {name: value for name, value in os.environ.items() if passed.fullmatch(name) and name != "UV_CACHE_DIR"}


class Root:
    """A folder that commands see as `/`, with a /proc, devices and names of hosts, in namespaces of their own."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        for name in ("proc", "dev", "etc", "tmp"):
            (path / name).mkdir(parents=True, exist_ok=True)
        (path / "tmp").chmod(0o1777)
        for name in DEVICES:
            (path / "dev" / name).touch()
        for name in ("resolv.conf", "hosts"):
            (path / "etc" / name).unlink(missing_ok=True)
            (path / "etc" / name).write_bytes(pathlib.Path("/etc", name).read_bytes())

    def home(self, name: str, user: int) -> pathlib.Path:
        folder = self.path / name.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, user, user)
        return folder

    def start(
        self, *command: str, user: int = USER, home: str = "/home/user", readable_only: bool = False,
        kernel: Callable[[], None] | None = None, environment: dict[str, str] | None = None, **more: Any,
    ) -> subprocess.Popen[str]:  # fmt: skip
        """Starts a command as a user, in his home folder."""
        mount = program("mount")
        lines = ["set -e", f"{mount} --make-rprivate /", f"{mount} --bind '{self.path}' '{self.path}'"]
        lines += [f"{mount} --bind /dev/{name} '{self.path}/dev/{name}'" for name in DEVICES]
        lines += [f"{mount} -t proc proc '{self.path}/proc'"]
        if readable_only:
            lines += [f"{mount} -o remount,bind,ro '{self.path}'"]
            # What an image declares as volumes, and nothing else, can be written.
            lines += [f"{mount} -t tmpfs -o mode=1777 tmpfs '{self.path}{folder}'" for folder in ("/tmp", "/var/cache/strata", "/work")]
        start = f"import os, sys; del os.environ['START']; os.chroot({str(self.path)!r}); os.chdir({home!r}); "
        start += f"os.setgroups([]); os.setgid({user}); os.setuid({user}); os.execve(sys.argv[1], sys.argv[1:], os.environ)"
        lines += [f"exec {sys.executable} -c \"$START\" \"$@\""]
        # The command is the first process of its namespace, as in a container, and takes the others with it.
        return subprocess.Popen(
            [program("unshare"), "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", "\n".join(lines), "sh", *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LANG": "C.UTF-8", "START": start, **variables(),
                 **(environment or {})},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=kernel, **more,
        )  # fmt: skip

    def run(self, *command: str, code: int = 0, **more: Any) -> str:
        process = self.start(*command, **more)
        output, _ = process.communicate(timeout=900)
        if process.returncode != code:
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}, expected {code}\n{output}")
        return output


def old_kernel() -> None:
    """Makes this process and its children see the system calls of Linux 4.18 to 5.0 only: later ones are ENOSYS.

    The first that came with 5.1 has the number 424 on all processors. https://man7.org/linux/man-pages/man2/seccomp.2.html
    """
    instructions = [
        (0x20, 0, 0, 0),  # load the call's number
        (0x35, 0, 1, 424),  # skip the next unless it is at least that
        (0x06, 0, 0, 0x00050000 | errno.ENOSYS),  # fail
        (0x06, 0, 0, 0x7FFF0000),  # allow
    ]
    code = b"".join(struct.pack("<HBBI", *line) for line in instructions)
    buffer = ctypes.create_string_buffer(code)

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    given = Program(len(instructions), ctypes.cast(buffer, ctypes.c_void_p))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(38, 1, 0, 0, 0) != 0 or library.prctl(22, 2, ctypes.byref(given), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no filter for system calls can be had")


def until(what: str, condition: Callable[[], Any], seconds: float = 300) -> Any:
    """Waits for a condition; what it gives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"{what} within {seconds} s: did not come about")
