"""Tells where an interpreter lies, and which shared libraries its own modules need: one object of JSON."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import sysconfig

for name in (
    "_bz2 _ctypes _curses _curses_panel _decimal _hashlib _lzma _sqlite3 _ssl _uuid _zstd pyexpat readline zlib"
).split():
    try:
        importlib.import_module(name)
    except ImportError:
        pass

executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)
standard = os.path.realpath(sysconfig.get_path("stdlib"))
modules = os.path.realpath(os.path.dirname(importlib.import_module("_ctypes").__file__ or standard))

with open("/proc/self/maps") as maps:
    mapped = {line.split(None, 5)[5].rstrip("\n") for line in maps if len(line.split(None, 5)) > 5}
libraries: dict[str, str] = {}
named: dict[str, list[tuple[str, str]]] = {}
for path in sorted(mapped):
    if (
        not path.startswith("/")
        or ".so" not in os.path.basename(path)
        or path.startswith((standard + "/", modules + "/"))
    ):
        continue
    folder, real = os.path.dirname(path), os.path.realpath(path)
    if folder not in named:
        named[folder] = [
            (name, os.path.realpath(os.path.join(folder, name))) for name in os.listdir(folder) if ".so" in name
        ]
    for name, target in named[folder]:
        # `libssl.so` is for compilers.
        if target == real and (name == os.path.basename(real) or not name.endswith(".so")):
            libraries[name] = real

print(
    json.dumps(
        {
            "version": platform.python_version(),
            "implementation": sys.implementation.name,
            "machine": platform.machine(),
            "isFreeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "executable": executable,
            "standard": standard,
            "modules": modules,
            "libraries": libraries,
        }
    )
)
