"""What a program takes along to machines that may lack everything: loader, libraries, uv, a Python, certificates."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# Parts of the standard library that tell nothing about an interpreter.
UNUSED = {
    "__pycache__", "asyncio", "concurrent", "curses", "dbm", "dist-packages", "distutils", "ensurepip", "idlelib",
    "lib-dynload", "lib2to3", "msilib", "multiprocessing", "pydoc_data", "site-packages", "sqlite3", "test", "tests",
    "tkinter", "turtledemo", "unittest", "venv", "wsgiref", "xmlrpc",
}  # fmt: skip


def libraries(program: str | pathlib.Path) -> dict[str, str]:
    """The loader and the libraries that a program needs, by the names that it asks for."""
    found: dict[str, str] = {}
    for line in subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if "=>" in words:
            path = words[words.index("=>") + 1]
            if not path.startswith("/"):
                raise SystemExit(f"{program} needs {words[0]}, which is not on this machine")
            found[words[0]] = path
        elif words and words[0].startswith("/"):
            found[os.path.basename(words[0])] = words[0]
    return found


def place(source: str | pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(os.path.realpath(source), target)
    target.chmod(0o755 if os.access(source, os.X_OK) or ".so" in target.name else 0o644)


def tool(name: str) -> str:
    """One that is installed beside this Python, or on the machine."""
    path = shutil.which(name, path=os.path.dirname(sys.executable) + ":" + os.environ.get("PATH", ""))
    if not path:
        raise SystemExit(f"{name} is missing; 'make' installs it")
    return path


def stripped(source: str | pathlib.Path, target: pathlib.Path) -> None:
    place(source, target)
    target.chmod(0o755)
    subprocess.run(["strip", "--strip-all", target], check=True)


def look_in(program: pathlib.Path, folder: str, *more: str) -> None:
    """Makes a program look for its libraries in a folder that is named from its own, and nowhere before."""
    subprocess.run(
        [tool("patchelf"), *more, "--force-rpath", "--set-rpath", f"$ORIGIN/{folder}", program], check=True
    )


def without_folders(program: pathlib.Path) -> None:
    """Makes a program look for its libraries where the system has them only."""
    subprocess.run([tool("patchelf"), "--remove-rpath", program], check=True)


def interpreter(root: pathlib.Path) -> pathlib.Path:
    """This machine's python3 without what uv does not ask for; where its program is."""
    executable = os.path.realpath("/usr/bin/python3")
    library = subprocess.run(
        [executable, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    stripped(executable, root / "bin/python3")
    for folder, names, files in os.walk(library):
        names[:] = sorted(name for name in names if name not in UNUSED and not name.startswith("config-"))
        for name in files:
            if name.endswith(".py"):
                source = pathlib.Path(folder) / name
                place(source, root / "lib" / os.path.basename(library) / source.relative_to(library))
    return root / "bin/python3"


def contents(root: pathlib.Path, strata: str, uv: str) -> str:
    """Puts all but the program itself into a folder: `bin`, `lib`, `etc`. Returns the loader's name."""
    if b"INTERP" in subprocess.run(["readelf", "-lW", uv], check=True, capture_output=True).stdout:
        raise SystemExit(f"{uv} needs a loader; the one for musl does not")
    needed = {**libraries(strata), **libraries(os.path.realpath("/usr/bin/python3"))}
    for name, path in needed.items():
        place(path, root / "lib" / name)
    place(uv, root / "bin/uv")
    (root / "bin/uv").chmod(0o755)
    place(AUTHORITIES, root / "etc/ca-certificates.crt")
    return next(name for name in needed if name.startswith("ld-linux"))
