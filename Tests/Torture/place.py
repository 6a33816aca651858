"""Where one trial happens: a user's folder, an account of its own in AWS's stand-in, and a registry behind SSH."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
import uuid
import wsgiref.util
from collections.abc import Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Servers"))

import aws_front  # noqa: E402
import ssh_server  # noqa: E402
from worlds import WORLDS, World  # noqa: E402

LAMBDA = re.compile("/(layers|functions)(/|$)")
MUTATING = {"POST", "PUT", "DELETE"}
TARGETS = ["python3.12", "python3.13"]
REGIONS = ["us-east-1", "eu-west-1", "ap-south-1"]
LAYERS = ["alpha", "gamma"]
FIRST = {"alpha": [{"version": "1.0", "requires": ["beta"], "payload": 20000}], "beta": [{"version": "1.0"}],
         "gamma": [{"version": "1.0", "payload": 60000}]}
# A new version of one layer, and of what the other depends on.
SECOND = FIRST | {"beta": [{"version": "1.0"}, {"version": "1.1"}],
                  "gamma": [{"version": "1.0", "payload": 60000}, {"version": "2.0", "payload": 70000}]}


class Tools:
    """What all trials share: the binary, the tracer, the servers. Used by several threads."""

    def __init__(self, binary: str, uv: str, folder: str) -> None:
        self.binary, self.uv = str(pathlib.Path(binary).resolve()), uv
        self.folder = pathlib.Path(folder).resolve()
        self.tracer = self.compile("tracer")
        self.clock = self.compile("clock", "-shared", "-fPIC")
        self.gate = Gate()
        self.aws = serve_aws(self.gate)
        self.indexes = [start_index(catalogue) for catalogue in (FIRST, SECOND)]
        self.user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "deploy"], check=True)

    def compile(self, name: str, *options: Any) -> str:
        made = self.folder / name
        compiler = shutil.which("cc") or shutil.which("clang")
        assert compiler, "there is no C compiler"
        source = ROOT / "Tests/Torture" / f"{name}.c"
        subprocess.run([compiler, "-O2", "-Wall", "-Werror", *options, "-o", made, source], check=True)
        return str(made)

    def close(self) -> None:
        for process, _ in self.indexes:
            assert process.stdin
            process.stdin.close()
            process.wait()


def start_index(catalogue: dict[str, Any]) -> tuple[subprocess.Popen[str], int]:
    """An index of its own process, so that a trial changes what is offered by changing its address."""
    process = subprocess.Popen([sys.executable, "-B", ROOT / "Tests/Servers/index.py"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    port = int(process.stdout.readline())
    request = urllib.request.Request(f"http://127.0.0.1:{port}/control/catalogue",
                                     json.dumps(catalogue).encode(), method="PUT")
    urllib.request.urlopen(request).read()
    return process, port


class Gate:
    """Stands before AWS. It knows each trial by its access key, and may end the trial's process at a request."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.front = aws_front.Front(DomainDispatcherApplication(create_backend_app), 0)
        self.layers = self.front.layers
        self.trials: dict[str, Any] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        trial = self.trials.get(environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition("/")[0])
        if trial is None or environ["REQUEST_METHOD"] not in MUTATING or not LAMBDA.search(environ["REQUEST_URI"]):
            return self.front(environ, start_response)
        with trial.lock:
            trial.requests.append(describe(environ))
            number = len(trial.requests)
        trial.on_request.pop(number, lambda: None)()
        trial.at("aws before", number)
        answer = []

        def begin(*head: Any) -> Any:
            answer.append(head)

        body = list(self.front(environ, begin))
        # What was asked has happened, and nobody hears of it.
        trial.at("aws after", number)
        start_response(*answer[0])
        return body


def describe(environ: WSGIEnvironment) -> str:
    """An operation's name, as AWS calls it."""
    path, method = wsgiref.util.request_uri(environ, include_query=False), environ["REQUEST_METHOD"]
    if "/functions" in path:
        return {"DELETE": "DeleteFunction"}.get(method) or ("Invoke" if path.endswith("invocations") else "CreateFunction")
    if "/policy" in path:
        return "AddLayerVersionPermission" if method == "POST" else "RemoveLayerVersionPermission"
    return "PublishLayerVersion" if method == "POST" else "DeleteLayerVersion"


def serve_aws(gate: Gate) -> str:
    """Serves in this process, for all trials."""
    server = aws_front.make_server("127.0.0.1", 0, gate, threaded=True, request_handler=aws_front.Handler)
    server.daemon_threads = True
    # A client that dies in the middle of a request is what all this is about.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.port}"


class Outcome:
    def __init__(self, code: int, output: str, error: str) -> None:
        self.code, self.output, self.error = code, output, error

    @property
    def errors(self) -> list[Any]:
        return [line for line in self.error.splitlines() if line.startswith("error: ")]


class Place:
    """A trial's own world."""

    servers = ROOT / "Tests/Servers"

    def __init__(self, tools: Tools, cache: Any = None, world: World = WORLDS[0]) -> None:
        self.tools, self.world = tools, world
        self.folder = tools.folder / uuid.uuid4().hex[:12]
        self.lock = threading.Lock()
        self.requests: list[Any] = []
        self.connections = 0
        self.kill_at: tuple[str, Any] | None = None
        self.stop_at: tuple[str, int] | None = None
        self.hold_at: int | None = None
        self.told = ""
        # Copies of a ledger that are no files, and what was ever promised: ARNs with the digests of their bytes, and
        # files that never change.
        self.kept: dict[str, Any] = {}
        self.promised: dict[str, Any] = {}
        self.accounts: list[str] = []
        self.on_request: dict[int, Any] = {}
        self.stopped, self.released = threading.Event(), threading.Event()
        self.process: Any = None
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(parents=True)
        if cache is None:
            (self.folder / "cache").mkdir()
        else:
            shutil.copytree(cache, self.folder / "cache", symlinks=True)
        self.sign_up()
        world.ledger.make(self)
        self.listener = self.serve_ssh()
        self.configure()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        for key in [key for key, place in list(self.tools.gate.trials.items()) if place is self]:
            self.tools.gate.trials.pop(key)
        # A thread that still waited in `accept` would take the connections of whoever gets the descriptor next.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sign_up(self) -> None:
        """Gets an account, or another one."""
        made = self.tools.gate.front.control("accounts", {})
        self.account, self.key, self.secret = made["account"], made["key"], made["secret"]
        self.accounts.append(self.account)
        self.tools.gate.trials[self.key] = self

    # The servers.

    def serve_ssh(self) -> Any:
        ssh_server.prepare(self.folder)
        shutil.copy(self.tools.folder / "deploy.pub", self.folder / "sshd/authorized_keys")
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.folder / "registry.git"))
        # The server's own hooks tell the trial how far a push has come. They are given no time to answer: the process
        # is dead when they end.
        for hook in ("pre-receive", "post-receive"):
            path = self.folder / "registry.git/hooks" / hook
            path.write_text(f"""#!/bin/sh
while read -r old new name; do
    if [ "$(cat '{self.folder}/kill-at' 2>/dev/null)" = "{hook} ${{name##*/}}" ]; then
        kill -9 "$(cat '{self.folder}/pid')"
        rm -f '{self.folder}/kill-at'
    fi
done
""")
            path.chmod(0o755)
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.accepting = threading.Thread(target=self.accept, args=(listener,), daemon=True)
        self.accepting.start()
        return listener

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
            self.at("ssh", number)
            with connection:
                ssh_server.answer(connection, self.folder)

    def configure(self, index: int = 0, more: str = "", targets: Sequence[str] = TARGETS, account: str | None = None, visibility: str = "visibility: public",
                  ledger: str | None = None, expire: str = "30d") -> None:
        port = self.listener.getsockname()[1]
        provider = "provider: aws" if self.world.provider.name == "AWS" else "provider: local\n  folder: lambda"
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(self.folder / 'sshd/host.pub').read_text()}")
        (self.folder / "strata.yaml").write_text(f"""\
version: 1
registry: {{ name: Test layers, url: https://example.invalid/layers }}
targets: [{", ".join(targets)}]
regions: [{", ".join(REGIONS)}]
layers: [{", ".join(LAYERS)}]
publish:
  {provider}
  prefix: t
  {visibility}
  rate: 15/s
  deadlines: {{ connect: 60s, call: 600s, no-progress: 600s }}
  partitions: {{ aws: {{ account: "{account or self.account}" }} }}
ledger: {ledger or self.world.ledger.setting}
index: {{ url: "http://127.0.0.1:{self.tools.indexes[index][1]}/simple/" }}
retention: {{ expire: {expire}, keep: 1 }}
git:
  remote: "ssh://{self.tools.user}@127.0.0.1:{port}{self.folder}/registry.git"
  author: Test <test@example.invalid>
  host-keys: [known_hosts]
  deadline: 600s
  ssh-key: "file:{self.tools.folder}/deploy"
{more}""")

    # Running.

    @property
    def environment(self) -> dict[str, Any]:
        return {
            "PATH": os.environ["PATH"], "HOME": f"{self.folder}/home", "TMPDIR": f"{self.folder}/tmp",
            "STRATA_CACHE": f"{self.folder}/cache", "STRATA_UV": self.tools.uv,
            "AWS_ENDPOINT_URL": self.tools.aws, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}

    def at(self, kind: str, number: int) -> None:
        """Ends or stops the process if this is where it is to happen."""
        if self.kill_at == (kind, number):
            self.kill_at = None
            self.process.kill()
            self.process.wait()
        elif self.stop_at == (kind, number):
            self.stop_at = None
            self.process.send_signal(signal.SIGSTOP)
            self.stopped.set()
        elif kind == "aws before" and self.hold_at == number:
            # On its way for as long as the trial says, and its sender asleep.
            self.hold_at = None
            self.process.send_signal(signal.SIGSTOP)
            self.stopped.set()
            self.released.wait(600)

    def move_clock(self, days: float = 0, hours: float = 0) -> None:
        """Moves the time of day that Strata sees here, of runs at work too."""
        (self.folder / "clock.new").write_text(str(int((days * 24 + hours) * 3600)))
        (self.folder / "clock.new").rename(self.folder / "clock")

    def let_the_lease_end(self, seconds: float = 3700) -> bool:
        """As if so much time had passed for whoever holds the lease. Returns false if the ledger is being written."""
        db = sqlite3.connect(self.folder / "state/ledger.sqlite", timeout=2)
        try:
            with db:
                db.execute("UPDATE lease SET until = until - ?", (seconds,))
            return True
        except sqlite3.OperationalError:
            return False
        finally:
            db.close()

    def start(self, *arguments: str, tracer: Sequence[str] = ()) -> Any:
        command = [self.tools.binary, *arguments]
        if tracer:
            # Strata forbids others to look at it; a tracer may that is root, if only of a namespace of its own.
            root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
            command = [*root, self.tools.tracer, *tracer, "--", *command]
        environment = self.environment
        if (self.folder / "clock").exists():
            environment |= {"LD_PRELOAD": self.tools.clock, "TORTURE_CLOCK": str(self.folder / "clock")}
        with self.lock:
            self.requests = []
        self.connections = 0
        process = subprocess.Popen(
            ["sh", "-c", f"echo $$ > '{self.folder}/pid'; exec \"$@\"", "sh", *command], cwd=self.folder,
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process = process
        return process

    def finish(self, process: subprocess.Popen[bytes], seconds: float = 600) -> Outcome:
        try:
            output, error = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, error = process.communicate()
            raise AssertionError(f"not done within {seconds} s: {error.decode(errors='replace')[-2000:]}") from None
        return Outcome(process.returncode, output.decode(errors="replace"), error.decode(errors="replace"))

    def strata(self, *arguments: str, tracer: Sequence[str] = (), seconds: float = 600) -> Any:
        return self.finish(self.start(*arguments, tracer=tracer), seconds)

    def git(self, *arguments: str, check: bool = True) -> Any:
        environment = {"PATH": os.environ["PATH"], "HOME": f"{self.folder}/home", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        done = subprocess.run(["git", *map(str, arguments)], cwd=self.folder, env=environment, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"git {arguments}: {done.stderr}")
        return done.stdout
