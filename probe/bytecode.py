"""Compiles modules of a layer to bytecode, in one process and in the order given.

    python -S -s -W ignore -c bytecode.py FOLDER

FOLDER holds `names`, a path relative to `/opt/python` a line, and the sources as `0.py`, `1.py` and so on; each gets its
bytecode as `0.pyc` beside it. Nothing is imported. What cannot be compiled, as templates and code for other Pythons, is left
out. The bytecode is taken without a look at its source, whose date in a layer says nothing (PEP 552).
"""

from __future__ import annotations

import py_compile
import resource
import sys


def main() -> None:
    folder = sys.argv[1]
    resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(5000)
    with open(folder + "/names", encoding="utf-8", newline="\n") as names:
        paths = names.read().split("\n")[:-1]
    for index, path in enumerate(paths):
        try:
            py_compile.compile(
                f"{folder}/{index}.py",
                cfile=f"{folder}/{index}.pyc",
                dfile="/opt/python/" + path,
                doraise=True,
                optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            continue


main()
