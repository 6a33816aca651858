"""Rendering a site: the layers' pages beside Hugo's, everything, and one changed layer.

Hugo gets the very templates, translated to its language, and the very values that they are filled with, so that both
write the same pages; a sample of them is compared. Strata begins further back: it makes those values of the ledger's
states in the measured time, and makes the states too. Both write to the same disk. Then Strata renders everything that
it makes besides: the API, feeds and tables; Hugo has nothing like it.
"""

from __future__ import annotations

import argparse
import html
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import hugo_source
import measure

#: Goals: so many times as fast as Hugo, seconds for one layer, bytes of memory for everything.
FASTER, ONE_LAYER, MEMORY = 3, 0.3, 300e6


def words(path: Any) -> Any:
    """A page's text without what the two escape in different ways."""
    return re.sub(r"\s+", " ", html.unescape(path.read_text()))


def compare(ours: Any, theirs: Any) -> int:
    """Whether a sample of the pages is the same; the number of pages."""
    names = sorted(path.name for path in ours.glob("*.html"))
    other = sorted(path.name for path in theirs.glob("*.html"))
    if names != other:
        raise SystemExit(f"{len(names)} pages beside {len(other)}: not the same ones")
    for name in names[:: max(1, len(names) // 50)]:
        left, right = words(ours / name), words(theirs / name)
        if left != right:
            at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]), 0)
            raise SystemExit(f"{name} differs: …{left[at - 40:at + 80]}… beside …{right[at - 40:at + 80]}…")
    return len(names)


def figures(output: str) -> dict[str, Any]:
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def strata(bench: str, mode: str, layers: int, folder: pathlib.Path | str) -> tuple[Any, Any]:
    """A run of Strata, and what it counted."""
    with tempfile.TemporaryFile("w+") as output:
        sample = measure.run([bench, mode, str(layers), str(folder)], stdout=output)
        output.seek(0)
        return sample, figures(output.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the built site-bench")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder on the disk to measure with")
    parser.add_argument("--layers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    load = measure.machine()
    with tempfile.TemporaryDirectory(dir=options.work) as temporary:
        sys.exit(0 if report(options, pathlib.Path(temporary), load) else 1)


def report(options: argparse.Namespace, folder: pathlib.Path, load: Any) -> bool:
    bench, layers = options.bench, options.layers
    templates = pathlib.Path(__file__).parent.parent / "site/templates"
    subprocess.run([bench, "data", str(layers), str(folder / "data")], check=True, stdout=subprocess.DEVNULL)
    hugo_source.write(folder / "data", templates, folder / "hugo")

    # Each round writes into a new folder, and nothing is removed before the end: ext4 looks for new inodes all through
    # those that were freed in the last seconds, which costs whoever comes next more than the writing.
    rounds = iter(range(2 * options.rounds))

    def ours() -> Any:
        return strata(bench, "pages", layers, folder / f"out-{next(rounds)}")[0]

    def theirs() -> Any:
        return measure.run(["hugo", "--quiet", "-s", str(folder / "hugo"), "-d", str(folder / f"out-{next(rounds)}")])

    samples = measure.by_turns({"Strata": ours, "Hugo": theirs}, options.rounds)
    pages = compare(folder / "out-0/layers", folder / "out-1/layers")
    size = sum(path.stat().st_size for path in (folder / "out-0/layers").iterdir())
    ratios = measure.ratios(samples["Hugo"], samples["Strata"])
    states, _ = strata(bench, "states", layers, "-")
    everything, all_counts = strata(bench, "all", layers, folder / "all")
    change, change_counts = strata(bench, "change", layers, folder / "all")

    version = subprocess.run(["hugo", "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    regions = "6 targets in 34 regions, 2 builds each"
    print(f"# The site\n\n{layers:,} layers with {regions}. {load}. Hugo {version}. Medians of {options.rounds} rounds.\n")

    def row(name: str, runs: Any, files: int, size: int) -> list[Any]:
        runs = runs if isinstance(runs, list) else [runs]
        return [
            name, f"{measure.median(runs, 'wall'):.2f} s", f"{measure.median(runs, 'cpu'):.2f} s",
            f"{max(run.resident for run in runs) / 1e6:.0f} MB", f"{files:,.0f}", f"{size / 1e6:,.1f} MB"]

    print(measure.table(
        ["", "wall", "CPU", "peak memory", "files", "bytes"],
        [row("the layers' pages, Strata", samples["Strata"], pages, size),
         row("the same pages, Hugo", samples["Hugo"], pages, size),
         row("everything, Strata", everything, all_counts["files"], all_counts["bytes"]),
         row("one changed layer, Strata", change, change_counts["files"], change_counts["bytes"])]))
    faster = statistics.median(ratios)
    cpu = measure.median(samples["Hugo"], "cpu") / measure.median(samples["Strata"], "cpu")
    print(
        f"\nStrata renders the pages {faster:.1f} times as fast as Hugo ({min(ratios):.1f} to {max(ratios):.1f}), with "
        f"1/{cpu:.1f} of the processor time. Making the states, which Strata's times hold, takes {states.wall:.2f} s "
        f"of one core.\nEverything takes {everything.wall / measure.median(samples['Hugo'], 'wall'):.1f} times as long "
        "as Hugo takes for the pages alone.")
    goals = [
        (f"pages {FASTER} times as fast as Hugo", faster >= FASTER),
        (f"one layer in {ONE_LAYER * 1000:.0f} ms", change_counts["seconds"] < ONE_LAYER),
        (f"everything in {MEMORY / 1e6:.0f} MB of memory", everything.resident < MEMORY)]
    print("\n" + "\n".join(f"- {'met' if met else 'MISSED'}: {goal}" for goal, met in goals))
    return all(met for _, met in goals)


if __name__ == "__main__":
    main()
