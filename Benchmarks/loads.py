"""Compares what the checks say of real layers with what importing them does.

Each package of `loads.txt` is built for its targets as a layer of its own, with `checks: { hold: false }`, so that there
is a zip whatever the checks say. The zip is unpacked to `/opt/python` of a root that holds nothing but an interpreter and
the libraries that the table of Amazon Linux 2023 names, as far as this machine has them, and the package's modules are
imported there, each in a process of its own: `python -I -S`, without a network. That takes the rights to make such a root
(`unshare`, `chroot`); targets without a matching interpreter are built and judged only, and the table says so.

A false error is an error whose package can be imported. There must be none; the script fails if there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROBE = r"""
import importlib, os, sys, traceback
sys.path[:0] = ["/opt/python"]
sys.path.append("/var/runtime")
for name in sys.argv[1:]:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        devnull = os.open(os.devnull, os.O_WRONLY)
        kept = os.dup(1)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        try:
            importlib.import_module(name)
            answer = "passed"
        except BaseException as error:
            answer = "failed: " + (type(error).__name__ + ": " + str(error)).replace("\n", " ")[:300]
        os.write(kept, (name + "\t" + answer + "\n").encode())
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        print(name + "\tfailed: ended with", status)
"""

LEFT_OUT = {
    "tests", "test", "testing", "conftest", "docs", "doc", "examples", "example", "benchmarks", "benchmark", "setup",
    "scripts", "tools", "bin", "__main__", "_vendor",
}  # fmt: skip


@dataclass
class Pair:
    requirement: str
    target: str
    layer: str
    version: str = ""
    refused: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    path: str = ""
    #: By module: "passed", or why it failed.
    imports: dict[str, str] = field(default_factory=dict)
    own: str | None = None

    @property
    def python(self) -> str:
        return self.target.removeprefix("python").removesuffix("-arm64")

    @property
    def static(self) -> str:
        verdicts = {f["verdict"] for f in self.findings}
        return next((v for v in ("error", "warning", "note") if v in verdicts), "-")

    @property
    def loads(self) -> bool | None:
        """Whether the package's own module can be imported, or else any of its modules."""
        if not self.imports:
            return None
        if self.own is not None:
            return self.imports[self.own] == "passed"
        return any(answer == "passed" for answer in self.imports.values())

    @property
    def why(self) -> str:
        failed = [a for n, a in self.imports.items() if a != "passed" and (self.own is None or n == self.own)]
        return failed[0].removeprefix("failed: ") if failed else ""


def pairs(path: Path) -> list[Pair]:
    found: list[Pair] = []
    targets: list[str] = []
    for line in path.read_text().splitlines():
        words = [] if line.startswith("#") else line.split()
        if words and all(word.startswith("python3.") for word in words):
            targets = words
            continue
        for requirement in words:
            layer = re.sub(r"[^A-Za-z0-9]+", "-", requirement).strip("-").lower()
            found += [Pair(requirement, target, layer) for target in targets]
    return list({(p.layer, p.target): p for p in found}.values())


def build(chosen: list[Pair], strata: str, work: Path) -> float:
    layers: dict[str, tuple[str, list[str]]] = {}
    for pair in chosen:
        layers.setdefault(pair.layer, (pair.requirement, []))[1].append(pair.target)
    rows = [
        f"  - {{ name: {name}, requires: {json.dumps(requirement)}, targets: {json.dumps(targets)} }}"
        for name, (requirement, targets) in sorted(layers.items())
    ]
    (work / "strata.yaml").write_text(
        "version: 1\nregistry: { name: Loads, url: https://loads.example }\ntargets: [python3.12]\n"
        "regions: [us-east-1]\npublish: { provider: local, prefix: loads, visibility: public }\n"
        "checks: { hold: false }\nlayers:\n" + "\n".join(rows) + "\n"
    )
    start = time.monotonic()
    answer = subprocess.run(
        [strata, "build", "-o", "layers", "--json"], cwd=work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    took = time.monotonic() - start
    report = json.loads(answer.stdout)
    known = {(p.layer, p.target): p for p in chosen}
    for row in report["built"]:
        pair = known[row["item"]["layer"], row["item"]["target"]]
        pair.version, pair.findings, pair.path = row["version"], row["findings"], str(work / row["path"])
    for row in report["refused"]:
        known[row["item"]["layer"], row["item"]["target"]].refused = row["reason"]
    return took


def modules(folder: Path, package: str) -> tuple[list[str], str | None]:
    """The package's modules at the top, by its RECORD, and the one of its own name."""
    wanted = re.sub(r"[-_.]+", "-", package).lower()
    record = next(
        (
            info / "RECORD"
            for info in folder.glob("*.dist-info")
            if re.sub(r"[-_.]+", "-", info.name.rsplit("-", 1)[0].removesuffix(".dist")).lower().split("-dist")[0]
            == wanted
            or re.sub(r"[-_.]+", "-", info.name.split("-")[0]).lower() == wanted
        ),
        None,
    )
    names: set[str] = set()
    for line in record.read_text().splitlines() if record else []:
        parts = line.rsplit(",", 2)[0].strip('"').split("/")
        if not parts[-1].endswith((".py", ".so")):
            continue
        name: list[str] = []
        for index, part in enumerate(parts[:4]):
            word = part.split(".")[0] if index == len(parts) - 1 else part
            if not word.isidentifier() or word in LEFT_OUT:
                break
            name.append(word)
            place = folder.joinpath(*name)
            is_module = index == len(parts) - 1 or any(place.glob("__init__.*"))
            if is_module and not word.startswith("_"):
                names.add(".".join(name))
            if is_module:
                break
    own = next((n for n in sorted(names) if re.sub(r"[-_.]+", "-", n).lower() == wanted), None)
    return sorted(names), own


class Root:
    """A root folder with an interpreter, and the libraries that a runtime brings."""

    def __init__(self, work: Path, table: Path, pythons: dict[str, Path]) -> None:
        self.folder = work / "root"
        self.pythons = pythons
        for name in ("lib64", "usr/lib64", "opt", "proc", "dev", "tmp", "etc", "var/lang", "var/runtime", "bin"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "etc/passwd").write_text("root:x:0:0:root:/tmp:/bin/sh\n")
        text = table.read_text()
        start = text.index("amazonLinux2023 = ")
        lists = text[start : text.index("amazonLinux2 = ")] + text[text.index("common = names") :]
        known = self.libraries()
        for soname in sorted(set(re.findall(r"\b(?:lib|ld-linux)[\w.+-]*\.so(?:\.\d+)*", lists))):
            if soname in known:
                shutil.copy(known[soname], self.folder / "lib64" / soname)
            # Debian's interpreters ask for `libbz2.so.1.0`.
            for longer in known:
                if longer.startswith(soname + "."):
                    shutil.copy(known[longer], self.folder / "lib64" / longer)
        # `ctypes.util.find_library` asks it.
        ldconfig = shutil.which("ldconfig", path="/sbin:/usr/sbin") or ""
        (self.folder / "sbin").mkdir(exist_ok=True)
        shutil.copy(ldconfig, self.folder / "sbin/ldconfig")
        (self.folder / "etc/ld.so.conf").write_text("/lib64\n")
        subprocess.run([ldconfig, "-r", str(self.folder)], check=True, capture_output=True)
        certificates = Path("/etc/ssl/certs/ca-certificates.crt")
        if certificates.exists():
            (self.folder / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
            shutil.copy(certificates, self.folder / "etc/ssl/certs/ca-certificates.crt")

    @staticmethod
    def libraries() -> dict[str, str]:
        listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
        return {
            match[1]: match[2] for match in re.finditer(r"^\s(\S+) \(libc6,x86-64.*\) => (\S+)$", listed, re.MULTILINE)
        }

    def run(self, python: str, names: list[str], runtime: Path) -> dict[str, str]:
        prefix = self.pythons[python]
        place = self.folder / str(prefix).lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        script = (
            f"mount --bind '{prefix}' '{place}' && mount --bind '{runtime}' '{self.folder}/var/runtime' && "
            f"mount -t proc proc '{self.folder}/proc' && mount --rbind /dev '{self.folder}/dev' && "
            f"exec chroot '{self.folder}' '{prefix}/bin/python3' -I -S -c \"$0\" \"$@\""
        )
        environment = {
            "LD_LIBRARY_PATH": f"{prefix}/lib:/lib64:/usr/lib64:/opt/lib",
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "en_US.UTF-8",
            "HOME": "/tmp",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        }
        outer = {"PATH": os.environ["PATH"]}
        assigned = [f"{name}={value}" for name, value in environment.items()]
        script = script.replace("exec chroot", "exec env -i " + " ".join(assigned) + " chroot")
        try:
            answer = subprocess.run(
                ["unshare", "--mount", "--net", "sh", "-c", script, PROBE, *names],
                capture_output=True, text=True, timeout=300, env=outer,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {}
        found = dict(line.split("\t", 1) for line in answer.stdout.splitlines() if "\t" in line)
        if not found:
            print(answer.stderr[-300:], file=sys.stderr)
        return found


def interpreters(given: list[str]) -> dict[str, Path]:
    """Folders of interpreters by their version, from programs that are named or in the path."""
    found: dict[str, Path] = {}
    programs = given or [p for minor in range(10, 16) if (p := shutil.which(f"python3.{minor}"))]
    code = "import sys; print(f'{sys.version_info[0]}.{sys.version_info[1]}', sys.base_prefix)"
    for program in programs:
        answer = subprocess.run([program, "-c", code], capture_output=True, text=True)
        if answer.returncode == 0:
            version, prefix = answer.stdout.strip().split(" ", 1)
            found.setdefault(version, Path(prefix))
    return found


def table(chosen: list[Pair]) -> tuple[str, bool]:
    lines = ["| layer | version | target | checks | import | why |", "|---|---|---|---|---|---|"]
    judged = [p for p in chosen if p.path]
    for pair in sorted(judged, key=lambda p: (p.layer, p.target)):
        loads = {True: "passes", False: "fails", None: "not tried"}[pair.loads]
        worst = next((f for f in pair.findings if f["verdict"] == pair.static), None)
        why = pair.why or (worst["message"] if worst and pair.static in ("error", "warning") else "")
        lines.append(
            f"| {pair.layer} | {pair.version} | {pair.target} | {pair.static} | {loads} | {why[:160].replace('|', '/')} |"
        )
    tried = [p for p in judged if p.loads is not None]
    failing = [p for p in tried if p.loads is False]
    errors = [p for p in failing if p.static == "error"]
    warned = [p for p in failing if p.static == "warning"]
    false = [p for p in tried if p.loads and p.static == "error"]
    lines += [
        "",
        f"{len(judged)} pairs were built and judged, {len(tried)} imported; {len(chosen) - len(judged)} could not be "
        "built for other reasons.",
        f"{len(failing)} fail to import: {len(errors)} are errors, {len(warned)} warnings, "
        f"{len(failing) - len(errors) - len(warned)} not seen.",
        f"False errors: {len(false)}" + "".join(f"\n- {p.layer} {p.target}" for p in false),
        f"Warnings of what can be imported: {len([p for p in tried if p.loads and p.static == 'warning'])}",
        f"Errors not tried, for want of an interpreter: {len([p for p in judged if p.static == 'error' and p.loads is None])}",
    ]
    lines += [f"Not seen: {p.layer} {p.target}: {p.why[:200]}" for p in failing if p.static not in ("error", "warning")]
    return "\n".join(lines), not false


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strata", required=True)
    parser.add_argument("--list", type=Path, default=Path(__file__).with_name("loads.txt"))
    parser.add_argument(
        "--python", action="append", default=[], help="an interpreter; those in the path if none is named"
    )
    parser.add_argument("--only", help="a pattern of layers")
    parser.add_argument("--work", type=Path, help="a folder that is kept")
    options = parser.parse_args()
    chosen = [p for p in pairs(options.list) if not options.only or re.search(options.only, p.layer)]
    if not any(p.layer == "boto3" and p.target == "python3.12" for p in chosen):
        chosen.append(Pair("boto3", "python3.12", "boto3"))
    swift = Path(__file__).parent.parent / "Sources/Packaging/Inspect/Native/RuntimeLibraries.swift"
    with tempfile.TemporaryDirectory() as temporary:
        work: Path = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        took = build(chosen, options.strata, work)
        print(f"built in {took:.0f} s", file=sys.stderr)
        root = Root(work, swift, interpreters(options.python))
        runtime = work / "runtime"
        boto = next(p for p in chosen if p.layer == "boto3" and p.target == "python3.12")
        with zipfile.ZipFile(boto.path) as archive:
            archive.extractall(work / "boto")
        shutil.rmtree(runtime, ignore_errors=True)
        shutil.move(work / "boto/python", runtime)
        for pair in chosen:
            if not pair.path or pair.target.endswith("-arm64") or pair.python not in root.pythons:
                continue
            layer = root.folder / "opt/python"
            shutil.rmtree(layer, ignore_errors=True)
            with zipfile.ZipFile(pair.path) as archive:
                archive.extractall(root.folder / "opt")
            package = re.split(r"[\[=<>~!]", pair.requirement)[0]
            names, pair.own = modules(layer, package)
            if names:
                pair.imports = root.run(pair.python, names, runtime)
                if pair.own not in pair.imports:
                    pair.own = None
            print(pair.layer, pair.target, pair.static, pair.imports, file=sys.stderr, flush=True)
        shutil.rmtree(root.folder, ignore_errors=True)
        text, is_right = table(chosen)
        print(text)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
