"""A run without change: 60 layers for 3 targets, against an index on loopback that takes 30 ms for each answer."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import measure

LAYERS = 60
CONFIGURATION = """\
version: 1
registry: {{ name: Bench, url: https://example.invalid/layers }}
targets: [python3.12, python3.13, python3.13-arm64]
regions: [us-east-1]
layers: [{layers}]
publish: {{ provider: local, folder: lambda, prefix: b, visibility: public }}
limits: {{ publish: 1000, delete: 50 }}
ledger: sqlite:ledger.sqlite
git: {{ remote: registry.git, author: Bench <bench@example.invalid> }}
index: {{ url: "http://127.0.0.1:{port}/simple/" }}
"""


def catalogue() -> Any:
    """Each layer's package with two dependencies, one of them shared by all."""
    projects: dict[str, Any] = {"shared": [{"version": "1.0"}]}
    for number in range(LAYERS):
        projects[f"layer-{number}"] = [{"version": "1.0", "requires": [f"part-{number}", "shared"]}]
        projects[f"part-{number}"] = [{"version": "1.0"}]
    return projects


class Index:
    def __init__(self, script: str) -> None:
        self.process = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin and self.process.stdout
        self.input = self.process.stdin
        self.port = int(self.process.stdout.readline())

    def put(self, name: str, value: Any) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("PUT", f"/control/{name}", json.dumps(value))
        assert connection.getresponse().status == 200

    def log(self) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/control/log")
        return json.loads(connection.getresponse().read())

    def stop(self) -> None:
        self.input.close()
        self.process.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strata", required=True)
    parser.add_argument("--index", required=True)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    tools = parser.parse_args()
    print(f"## A run without change: {LAYERS} layers × 3 targets, an index that answers after 30 ms\n")
    print(measure.machine() + f". Medians of {tools.rounds} runs, by turns; in brackets the quartiles.\n")
    index = Index(tools.index)
    places = {}
    try:
        index.put("catalogue", catalogue())
        commands = {}
        for kind, settings in {
            "with validators (304)": {"latency": 0.03, "validators": True},
            "without, compared by digest": {"latency": 0.03, "validators": False},
        }.items():
            place = places[kind] = pathlib.Path(tempfile.mkdtemp(prefix="strata-bench-"))
            layers = ", ".join(f"layer-{number}" for number in range(LAYERS))
            (place / "strata.yaml").write_text(CONFIGURATION.format(layers=layers, port=index.port))
            environment = {
                "PATH": os.environ["PATH"], "HOME": str(place), "STRATA_CACHE": str(place / "cache"),
                "STRATA_UV": tools.uv}
            index.put("settings", {"validators": settings["validators"]})
            subprocess.run(
                [tools.strata, "publish", "--quiet"], cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL)

            def command(place: Any = place, environment: Any = environment, settings: Any = settings) -> Any:
                index.put("settings", settings)
                return measure.run([tools.strata, "publish", "--quiet"], cwd=place, env=environment)

            commands[kind] = command
        samples = measure.by_turns(commands, tools.rounds)
        rows, met = [], True
        for kind, taken in samples.items():
            commands[kind]()
            requests = len(index.log())
            low, high = measure.spread([sample.wall for sample in taken])
            wall = measure.median(taken, "wall")
            met &= wall < 3
            rows.append([
                kind, f"{wall:.2f} s ({low:.2f}–{high:.2f})", measure.milliseconds(measure.median(taken, "cpu")),
                requests, measure.megabytes(max(sample.anonymous for sample in taken)),
                measure.megabytes(statistics.median(sample.resident for sample in taken))])
        print(measure.table(
            ["index", "wall (goal: 3 s)", "CPU, ms", "requests", "RssAnon, MB", "peak RSS, MB"], rows))
        print()
        return 0 if met else 1
    finally:
        index.stop()
        for place in places.values():
            shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
