"""A registry that was taken over: 60,000 imported releases, then a plan, and everything rendered."""

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

LAYERS, VERSIONS = 100, 15
TARGETS = {"python3.12": "p312", "python3.12-arm64": "p312-arm64"}
REGIONS = [
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3",
    "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"]
HEADER = "Package,Package Version,Status,Expiry Date,Arn"
CONFIGURATION = """\
version: 1
registry: {{ name: Bench, url: https://example.invalid/layers }}
targets: [python3.12, python3.12-arm64]
regions: [{regions}]
layers: [{layers}]
publish: {{ provider: local, folder: lambda, prefix: b, visibility: public }}
limits: {{ publish: 100000, delete: 50 }}
ledger: sqlite:ledger.sqlite
git: {{ remote: registry.git, author: Bench <bench@example.invalid> }}
index: {{ url: "http://127.0.0.1:{port}/simple/" }}
"""


def write_history(folder: pathlib.Path) -> None:
    """The first system's files: one for each target and region, all versions of all layers."""
    for target, name in TARGETS.items():
        for region in REGIONS:
            path = folder / target / f"{region}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [HEADER]
            for layer in range(LAYERS):
                for version in range(1, VERSIONS + 1):
                    is_last = version == VERSIONS
                    status, expiry = ("latest", "") if is_last else ("deprecated", f"2027-{version % 12 + 1:02}-01T00:00:00")
                    arn = f"arn:aws:lambda:{region}:770693421928:layer:Klayers-{name}-layer-{layer}:{version}"
                    rows.append(f"layer-{layer},1.{version},{status},{expiry},{arn}")
            path.write_text("\n".join(rows) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strata", required=True)
    parser.add_argument("--index", required=True)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    tools = parser.parse_args()
    releases = LAYERS * VERSIONS * len(TARGETS) * len(REGIONS)
    print(f"## {releases:,} imported releases: {LAYERS} layers × {len(TARGETS)} targets × {len(REGIONS)} regions\n")
    print(measure.machine() + f". Medians of {tools.rounds} runs, by turns.\n")
    index = nochange.Index(tools.index)
    place = pathlib.Path(tempfile.mkdtemp(prefix="strata-bench-"))
    try:
        index.put("catalogue", {f"layer-{number}": [{"version": "2.0"}] for number in range(LAYERS)})
        write_history(place / "history")
        (place / "strata.yaml").write_text(CONFIGURATION.format(
            layers=", ".join(f"layer-{number}" for number in range(LAYERS)), port=index.port,
            regions=", ".join(REGIONS)))
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(place), "STRATA_CACHE": str(place / "cache"),
            "STRATA_UV": tools.uv}

        def strata(*arguments: Any) -> Any:
            return measure.run([tools.strata, *arguments, "--quiet"], cwd=place, env=environment)

        def render() -> Any:
            shutil.rmtree(place / "site", ignore_errors=True)
            return strata("site", "--output", "site")

        imported = strata("import", "klayers", "history")
        strata("plan")  # the index's pages and the resolver's answers are kept from now on
        samples = {"import": [imported]} | measure.by_turns(
            {"plan": lambda: strata("plan"), "render everything": render}, tools.rounds)
        rows = [
            [
                name, f"{measure.median(taken, 'wall'):.2f} s", f"{measure.median(taken, 'cpu'):.2f} s",
                measure.megabytes(max(sample.anonymous for sample in taken)),
                measure.megabytes(max(sample.resident for sample in taken))]
            for name, taken in samples.items()]
        print(measure.table(["", "wall", "CPU", "RssAnon, MB", "peak RSS, MB"], rows))
        files = sum(1 for path in (place / "site").rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in (place / "site").rglob("*") if path.is_file())
        wall = sum(measure.median(samples[name], "wall") for name in ("plan", "render everything"))
        peak = max(sample.resident for name in ("plan", "render everything") for sample in samples[name])
        print(f"\nPlanned and rendered in {wall:.2f} s (goal: 5 s) with at most {measure.megabytes(peak)} MB (goal: 200 MB); "
              f"the site has {files:,} files, {measure.megabytes(size)} MB.\n")
        return 0 if wall < 5 and peak < 200e6 else 1
    finally:
        index.stop()
        shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
