"""Runs on a machine without a disk: a registry of 600 layers, published twice, with the ledger deleted before the second
run, beside a run that has kept its ledger. Nothing is published twice."""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any

import measure
import nochange

CONFIGURATION = """\
version: 1
registry: {{ name: Bench, url: https://example.invalid/layers }}
targets: [python3.12]
regions: [us-east-1, eu-west-1, ap-south-1]
layers: [{layers}]
publish: {{ provider: local, folder: lambda, prefix: b, visibility: public }}
limits: {{ publish: 10000, delete: 50 }}
ledger: {{ sqlite: ledger.sqlite, rebuild: auto }}
git: {{ remote: registry.git, author: Bench <bench@example.invalid> }}
index: {{ url: "http://127.0.0.1:{port}/simple/" }}
"""


def versions(place: pathlib.Path) -> list[str]:
    return sorted(str(path) for path in place.glob("lambda/regions/*/*/*/version.json"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strata", required=True)
    parser.add_argument("--index", required=True)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--layers", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=7)
    tools = parser.parse_args()
    print(f"## A run without a disk: {tools.layers} layers in 3 regions, nothing new\n")
    print(measure.machine() + f". Medians of {tools.rounds} runs, by turns; in brackets the quartiles.\n")
    index = nochange.Index(tools.index)
    place = pathlib.Path(tempfile.mkdtemp(prefix="strata-bench-"))
    try:
        names = [f"layer-{number}" for number in range(tools.layers)]
        index.put("catalogue", {name: [{"version": "1.0"}] for name in names})
        (place / "strata.yaml").write_text(CONFIGURATION.format(layers=", ".join(names), port=index.port))
        environment = {"PATH": os.environ["PATH"], "HOME": str(place), "STRATA_CACHE": str(place / "cache"),
                       "STRATA_UV": tools.uv}

        def publish() -> Any:
            return measure.run([tools.strata, "publish", "--quiet"], cwd=place, env=environment)

        def publish_anew() -> Any:
            for path in place.glob("ledger.sqlite*"):
                path.unlink()
            return publish()

        publish()
        published = versions(place)
        samples = measure.by_turns({"with its ledger": publish, "without": publish_anew}, tools.rounds)
        rows = []
        for kind, taken in samples.items():
            low, high = measure.spread([sample.wall for sample in taken])
            rows.append([kind, f"{measure.median(taken, 'wall'):.2f} s ({low:.2f}–{high:.2f})",
                         measure.milliseconds(measure.median(taken, "cpu")),
                         measure.megabytes(max(sample.anonymous for sample in taken))])
        print(measure.table(["ledger", "wall", "CPU, ms", "RssAnon, MB"], rows))
        more = measure.median(samples["without"], "wall") - measure.median(samples["with its ledger"], "wall")
        is_same = versions(place) == published and len(published) == 3 * tools.layers
        print(f"\n{more:.2f} s more (goal: 5 s); {len(published)} versions, and "
              f"{'none besides' if is_same else 'OTHERS BESIDES'}.\n")
        return 0 if more < 5 and is_same else 1
    finally:
        index.stop()
        shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
