"""One commit of many files, pushed: Strata beside the git command line.

The clock stops when another process (this one) reads the new commit from the remote.
"""

from __future__ import annotations

import argparse
import getpass
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from measure import milliseconds, spread

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Bench",
    "GIT_AUTHOR_EMAIL": "bench@example.invalid",
    "GIT_COMMITTER_NAME": "Bench",
    "GIT_COMMITTER_EMAIL": "bench@example.invalid",
}


class Bench:
    def __init__(self, work: pathlib.Path, program: str, files: int, changed: int) -> None:
        self.work, self.program, self.files, self.changed = work, program, files, changed
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        self.environment = dict(ENVIRONMENT, HOME=str(work))
        self.random = random.Random(1)
        # The shape of the registry: folders of a few hundred files, each a few rows of CSV.
        self.paths = [f"deployments/target{n % 17}/arns{n // 17 % max(1, files // 3400)}/{n}.csv" for n in range(files)]
        self.round = 0

    def git(self, *arguments: Any, **options: Any) -> str:
        options.setdefault("env", self.environment)
        return subprocess.run(["git", *arguments], check=True, capture_output=True, **options).stdout.decode().strip()

    def content(self, path: str) -> bytes:
        row = f"requests,2.{self.round}.{self.random.randrange(10**6)},latest,,arn:aws:lambda:eu-west-1:1:layer:{path}\n"
        return (row * 4).encode()

    def seed(self, remote: pathlib.Path) -> None:
        """Fills a bare repository by fast-import."""
        self.git("init", "-q", "--bare", "-b", "main", str(remote))
        stream = [b"commit refs/heads/main\ncommitter Bench <b@example.invalid> 1800000000 +0000\ndata 4\nSeed\n"]
        for path in self.paths:
            data = self.content(path)
            stream.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self.git("fast-import", "--quiet", cwd=remote, input=b"".join(stream))
        self.git("gc", "-q", cwd=remote)

    def changes(self) -> dict[str, Any]:
        self.round += 1
        chosen = self.random.sample(self.paths, self.changed)
        return {path: self.content(path) for path in chosen}

    def pack(self, changes: Any) -> str:
        file = self.work / "changes"
        file.write_bytes(b"".join(f"{path}\t{len(data)}\n".encode() + data for path, data in changes.items()))
        return str(file)


def tip(remote: pathlib.Path) -> Any:
    for name in (remote / "refs/heads/main",):
        try:
            text = name.read_text().strip()
            if text:
                return text
        except FileNotFoundError:
            pass
    packed = (remote / "packed-refs").read_text()
    return next(line.split()[0] for line in packed.splitlines() if line.endswith(" refs/heads/main"))


def until_moved(remote: pathlib.Path, action: Callable[[], Any]) -> Any:
    """Seconds from the start of `action` to when the remote's branch is read to have moved."""
    before = tip(remote)
    start = time.perf_counter()
    failure = []

    def work() -> None:
        try:
            action()
        except subprocess.CalledProcessError as error:
            failure.append(error)
            print(error.stderr, error.stdout, file=sys.stderr)

    worker = threading.Thread(target=work)
    worker.start()
    moved = None
    while moved is None:
        if tip(remote) != before:
            moved = time.perf_counter() - start
        elif not worker.is_alive() and tip(remote) == before:
            raise SystemExit(f"the remote did not move: {failure}")
        else:
            time.sleep(0.0005)
    worker.join()
    if failure:
        raise SystemExit("failed after the push")
    return moved


class Server:
    """sshd as GitHub's are configured, on loopback."""

    def __init__(self, bench: Bench) -> None:
        folder = bench.work / "sshd"
        folder.mkdir()

        def keygen(name: str, kind: str) -> None:
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / name)], check=True)

        keygen("host", "ed25519")
        keygen("key", "ed25519")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "authorized_keys").write_text("restrict " + (folder / "key.pub").read_text())
        (folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nUsePAM no\nPermitRootLogin prohibit-password\n"
            "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr\n"
            "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256\n")
        host = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}\n")
        self.folder = folder
        self.key = (folder / "key").read_bytes()
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(folder / "config"), "-E", str(folder / "log")])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)

    def address(self, path: str) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{path}"

    def command(self) -> str:
        return f"ssh -F none -i {self.folder}/key -o UserKnownHostsFile={self.folder}/known_hosts -o IdentitiesOnly=yes"


def contest(bench: Bench, rounds: int, server: Any = None) -> tuple[Any, Any]:
    """Both ways by turns, each on a remote of its own with the same files. Returns seconds, and Strata's steps."""
    kind = "ssh" if server else "file"
    ours, theirs = bench.work / f"{kind}-ours.git", bench.work / f"{kind}-theirs.git"
    bench.seed(ours)
    bench.round = 0
    shutil.copytree(ours, theirs)
    clone = bench.work / f"{kind}-clone"
    address = server.address if server else str
    environment = dict(bench.environment, **({"GIT_SSH_COMMAND": server.command()} if server else {}))
    bench.git("clone", "-q", address(theirs), str(clone), env=environment)
    strata = [bench.program, str(bench.work / f"{kind}-cache"), address(ours)]
    hosts = [str(server.folder / "known_hosts")] if server else []
    options: dict[str, Any] = {"check": True, "capture_output": True, "input": server.key if server else b""}
    subprocess.run(strata + [bench.pack({})] + hosts, **options)
    samples: dict[str, Any] = {"strata": [], "git": [], "add and commit": [], "fast-import": []}
    steps: dict[str, Any] = {}
    for _ in range(rounds):
        changes = bench.changes()
        packed = bench.pack(changes)
        printed = []
        samples["strata"].append(until_moved(
            ours, lambda: printed.append(subprocess.run(strata + [packed] + hosts, **options).stdout.decode())))
        for line in printed[0].splitlines():
            name, value = line.split()
            steps.setdefault(name, []).append(float(value) / 1000)
        for path, data in changes.items():
            (clone / path).write_bytes(data)

        def commit() -> None:
            bench.git("add", "-A", cwd=clone, env=environment)
            bench.git("commit", "-q", "-m", "Change", cwd=clone, env=environment)

        start = time.perf_counter()
        split = []

        def whole() -> None:
            commit()
            split.append(time.perf_counter() - start)
            bench.git("push", "-q", "origin", "main", cwd=clone, env=environment)

        samples["git"].append(until_moved(theirs, whole))
        samples["add and commit"].append(split[0])
        stream = [f"commit refs/heads/side\ncommitter B <b@example.invalid> {int(time.time())} +0000\ndata 1\nx\n"
                  f"from refs/heads/main^0\n".encode()]
        for path, data in changes.items():
            stream.append(f"M 100644 inline {path}\ndata {len(data) + 1}\n".encode() + data + b"!\n")
        side = bench.work / "side.git"
        shutil.rmtree(side, ignore_errors=True)
        bench.git("clone", "-q", "--bare", "--shared", str(theirs), str(side))
        joined = b"".join(stream)
        start = time.perf_counter()
        bench.git("fast-import", "--quiet", "--force", cwd=side, input=joined)
        samples["fast-import"].append(time.perf_counter() - start)
    for remote in (ours, theirs):
        report = bench.git("fsck", "--strict", "--no-dangling", cwd=remote)
        assert report == "", report
    return samples, steps


def row(label: str, values: Sequence[float], base: Any = None) -> Any:
    low, high = spread(values)
    line = f"| {label} | {milliseconds(statistics.median(values))} | {milliseconds(low)}–{milliseconds(high)} |"
    if base is not None:
        ratio = statistics.median(b / v for b, v in zip(base, values))
        line += f" {ratio:.2f} |"
    return line


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--growth", type=int, nargs="*", default=[3_400, 34_000, 340_000])
    options = parser.parse_args()
    work = pathlib.Path(options.work).resolve() / "git"
    program = str(pathlib.Path(options.bench).resolve())
    missed = False
    print("# One commit of 2,000 of 34,000 files, pushed\n")
    print("Milliseconds until another process reads the commit from the remote; medians, quartiles, paired ratio.\n")
    for kind, goal in (("file", 1.8), ("ssh", 1.3)):
        bench = Bench(work, program, 34_000, 2_000)
        server = Server(bench) if kind == "ssh" else None
        try:
            samples, steps = contest(bench, options.rounds, server)
        finally:
            if server:
                server.process.terminate()
                server.process.wait()
        ratio = statistics.median(g / s for g, s in zip(samples["git"], samples["strata"]))
        missed = missed or ratio < goal
        print(f"| over {kind} | median | quartiles | times faster than git |\n|---|---|---|---|")
        print(row("git add, commit, push", samples["git"], samples["git"]))
        print(row("strata", samples["strata"], samples["git"]))
        print(f"\nGoal: {goal} times; {'met' if ratio >= goal else 'MISSED'}.\n")
        if kind == "file":
            print("| the commit alone | median | quartiles | times faster than add and commit |\n|---|---|---|---|")
            for name in ("add and commit", "fast-import"):
                print(row(f"git {name}", samples[name], samples["add and commit"]))
            print(row("strata, in memory", steps["commit"], samples["add and commit"]))
            print()
        print("Strata's own steps: " + ", ".join(
            f"{name} {milliseconds(statistics.median(values))} ms" for name, values in steps.items()) + ".\n")
    if options.growth:
        print("| 200 changed files of | commit in memory | whole, file remote | git add, commit, push |\n|---|---|---|---|")
    for files in options.growth:
        bench = Bench(work, program, files, 200)
        samples, steps = contest(bench, min(options.rounds, 5))
        print(
            f"| {files:,} | {milliseconds(statistics.median(steps['commit']))} "
            f"| {milliseconds(statistics.median(samples['strata']))} | {milliseconds(statistics.median(samples['git']))} |")
    shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if missed else 0)


main()
