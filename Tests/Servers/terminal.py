"""Runs a command on a terminal of its own, and types.

    python3 terminal.py 'ANSWER|ANSWER|…' COMMAND [ARGUMENT…]

An answer is typed when the command has printed its prompt; `^D` ends the input. What the terminal showed is printed, and the
command's exit code is this program's.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import time

PROMPT = "❯".encode()


def main() -> int:
    answers = [answer.encode() for answer in sys.argv[1].split("|")]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    shown = b""
    asked = 0
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break  # the other side is closed
        if not piece:
            break
        shown += piece
        while shown.count(PROMPT) > asked:
            answer = answers[asked] if asked < len(answers) else b"^D"
            os.write(terminal, b"\x04" if answer == b"^D" else answer + b"\n")
            asked += 1
    sys.stdout.write(shown.decode(errors="replace").replace("\r\n", "\n"))
    sys.stdout.flush()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
