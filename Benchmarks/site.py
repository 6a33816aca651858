"""Rendering the site: all of it, one changed layer of it, and Hugo with the same pages, in one run, interleaved.

    python3 Benchmarks/site.py TEST_BINARY [LAYERS] [ROUNDS]

TEST_BINARY is the built test bundle (.build/release/strataPackageTests.xctest). Hugo makes one page for each layer from
the very data of the API's files. Strata renders its pages, the whole API and the feeds, and writes the pages.
"""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LAYOUT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
<link rel="stylesheet" href="/assets/strata.css"></head><body><header><a href="/">Large</a></header><main>
<h1>{{ .Title }}</h1><p>{{ .Params.summary }}</p>
{{ range $target, $item := .Params.targets }}<article><h2>{{ $target }}</h2><p>version {{ $item.version }}, build {{ $item.latest }}</p>
<table>{{ range $item.patterns }}<tr><td><code>{{ .arn }}</code></td><td>{{ .regions }}</td></tr>{{ end }}</table>
<table>{{ range $item.packages }}<tr><th>{{ .name }}</th><td>{{ .version }}</td><td>{{ .license }}</td><td>{{ .unzipped }}</td></tr>{{ end }}</table>
<table>{{ range $item.releases }}<tr><th>{{ .build }}</th><td>{{ .published }}</td><td>{{ .status }}</td><td>{{ .expires }}</td><td>{{ .name }}</td></tr>{{ end }}</table>
</article>{{ end }}</main><footer><p>A release that is no longer the latest stays.</p></footer></body></html>
"""


def strata(binary, layers, folder, only_pages):
    environment = dict(os.environ, STRATA_SITE_BENCH=str(layers), STRATA_SITE_FOLDER=str(folder))
    if only_pages:
        environment["STRATA_SITE_ONLY"] = "pages"
    result = subprocess.run(
        [binary, "--testing-library", "swift-testing", "--filter", "ScaleTests/measure"], env=environment,
        capture_output=True, text=True, check=True)
    lines = re.findall(r"^(full|one layer): (.*)$", result.stdout + result.stderr, re.M)
    seconds = {name: float(re.search(r"([0-9.e-]+) seconds", text).group(1)) for name, text in lines}
    return seconds, dict(lines)


def hugo_source(api, folder):
    (folder / "content/layers").mkdir(parents=True)
    (folder / "layouts/_default").mkdir(parents=True)
    (folder / "layouts/_default/single.html").write_text(LAYOUT)
    (folder / "hugo.toml").write_text('baseURL = "/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap", "home", "section"]\n')
    shutil.copy(folder / "hugo.toml", folder / "config.toml")
    for path in sorted((api / "layers").glob("*.json")):
        layer = json.loads(path.read_text())
        for target, item in layer["targets"].items():
            build = json.loads((api / "builds" / path.stem / target / f"{item.get('latest', 1)}.json").read_text())
            item["packages"] = build["packages"]
            item["patterns"] = [
                {"arn": f"arn:aws:lambda:REGION:{g['account']}:layer:{g['name']}:{next(iter(g['regions'].values()))}",
                 "regions": ", ".join(g["regions"])} for g in item["releases"] if g["status"] == "latest"]
            for group in item["releases"]:
                del group["regions"]
        front = {"title": layer["layer"], "summary": layer.get("summary"), "targets": layer["targets"]}
        (folder / f"content/layers/{path.stem}.md").write_text(json.dumps(front) + "\n")


def main():
    binary = sys.argv[1]
    layers = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        seconds, lines = strata(binary, layers, folder / "site", False)
        print("whole site written  ", lines["full"])
        print("one changed layer   ", lines["one layer"])
        hugo_source(folder / "site/api/v1", folder / "hugo")
        shutil.rmtree(folder / "site")
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(strata(binary, layers, folder / "pages", True)[0]["full"])
            shutil.rmtree(folder / "pages")
            start = time.perf_counter()
            subprocess.run(["hugo", "--quiet", "-s", str(folder / "hugo"), "-d", str(folder / "out")], check=True)
            theirs.append(time.perf_counter() - start)
            count = sum(1 for _ in (folder / "out").rglob("*.html"))
            shutil.rmtree(folder / "out")
            print(f"  Strata {ours[-1]:7.2f} s   Hugo {theirs[-1]:7.2f} s for {count} pages")
        ratio = [t / o for o, t in zip(ours, theirs)]
        print(f"Strata renders the site {statistics.median(ratio):.2f} times as fast as Hugo its pages "
              f"({min(ratio):.2f} to {max(ratio):.2f})")


if __name__ == "__main__":
    main()
