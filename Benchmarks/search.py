"""Searching the site in Chromium: how long until the first results are painted, and what was loaded for them.

Sites of several sizes are made by site-bench and served on loopback, as GitHub Pages serves them: over connections that
stay, HTML, scripts and style sheets compressed. The browser's network is one of Chrome's presets and its processor takes
four times as long. Each round has an empty cache.

- typed: the page is loaded, and a name is put into the field that the reader has just gone to; from the input on.
- opened: somebody follows a link to the results, `index.html?q=…`; from the click on.
- inside: as typed, the name of a package that no layer is called after, but many hold.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import urllib.parse
from typing import Any

import measure
from playwright.sync_api import Page, sync_playwright

#: Milliseconds, bits per second down and up: DevTools' presets "Fast 4G" and "Slow 4G", as it applies them.
NETWORKS = {"4G": (165, 8.1e6, 1.35e6), "slow 4G": (562.5, 1.44e6, 0.675e6)}
CPU = 4
#: Goals: milliseconds from input to results on any network, and bytes before them.
TYPED, BYTES = 1000, 150_000
INSIDE = "urllib3"

#: Tells when the results of a query were painted: the first frame after the count of layers told of them.
WATCH = """
    window.results = {};
    addEventListener("input", () => { window.results.begun = performance.now(); }, true);
    addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
        const count = document.querySelector("[data-count]").textContent;
        if (!/^[\\d,]+ layer/.test(count) || window.results.painted) return;
        window.results.painted = -1;
        requestAnimationFrame(() => setTimeout(() => {
            window.results.painted = performance.now();
            document.documentElement.dataset.painted = "";
        }));
    }).observe(document.querySelector("[data-count]"), { childList: true }));"""


class Server(http.server.SimpleHTTPRequestHandler):
    """Answers over connections that stay, and compresses what browsers take compressed."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    compressed = {".html", ".js", ".css", ".svg"}

    def do_GET(self) -> None:
        path = pathlib.Path(self.translate_path(urllib.parse.urlsplit(self.path).path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix in self.compressed:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Search:
    """One search in a browser that has loaded nothing before."""

    def __init__(self, browser: Any, base: str, network: str) -> None:
        self.base, self.network = base, network
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.loaded: list[Any] = []
        latency, down, up = NETWORKS[network]
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: self.loaded.append(event["encodedDataLength"]))
        session.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": latency, "downloadThroughput": down / 8, "uploadThroughput": up / 8})
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU})

    def results(self, begun: bool) -> tuple[Any, int, int]:
        """Milliseconds, requests and bytes until there were results."""
        self.page.locator("html[data-painted]").wait_for(timeout=60_000)
        found = self.page.evaluate("window.results")
        if not self.page.locator("[data-results] .row").count():
            raise SystemExit(f"nothing was found: {self.page.url}")
        return found["painted"] - (found["begun"] if begun else 0), len(self.loaded), sum(self.loaded)

    def typed(self, text: str) -> tuple[Any, int, int]:
        self.page.goto(self.base + "index.html", wait_until="networkidle")
        self.loaded.clear()
        self.page.fill("[data-query]", text)
        return self.results(begun=True)

    def opened(self, text: str) -> tuple[Any, int, int]:
        self.page.goto(f"{self.base}index.html?q={urllib.parse.quote(text)}", wait_until="commit")
        return self.results(begun=False)


def site(bench: str, work: pathlib.Path, layers: int) -> pathlib.Path:
    """A site of so many layers, which is made unless it is there. A search is the same for any number of regions."""
    folder = work / f"search-{layers}"
    if not folder.exists():
        subprocess.run([bench, "all", str(layers), str(folder), "6", "2"], check=True, stdout=subprocess.DEVNULL)
    return folder


def name(folder: pathlib.Path) -> str:
    """What a reader types: how the name of some layers begins, somewhere among all."""
    names = (folder / "api/v1/layers.txt").read_text().split()
    return names[len(names) * 3 // 5].rpartition("-")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the built site-bench")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder for the sites")
    parser.add_argument("--layers", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"# Search\n\nMedians of {options.rounds} rounds; CPU ÷{CPU}. {measure.machine()}.\n")
    rows, missed = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"])
        for layers in options.layers:
            folder = site(options.bench, options.work, layers)
            server = http.server.ThreadingHTTPServer(
                ("127.0.0.1", 0), functools.partial(Server, directory=str(folder)))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            base = f"http://127.0.0.1:{server.server_address[1]}/"
            for network in NETWORKS:
                for kind, text in ("typed", name(folder)), ("inside", INSIDE), ("opened", name(folder)):
                    runs = []
                    for _ in range(options.rounds):
                        search = Search(browser, base, network)
                        runs.append((search.opened if kind == "opened" else search.typed)(text))
                        search.context.close()
                    took = statistics.median(run[0] for run in runs)
                    requests, size = (int(statistics.median(run[i] for run in runs)) for i in (1, 2))
                    rows.append([f"{layers:,}", network, kind, f"{took / 1000:.2f} s", requests, f"{size / 1000:.1f} KB"])
                    if kind == "typed" and took > TYPED or size > BYTES:
                        missed.append(rows[-1])
            server.shutdown()
            server.server_close()
        browser.close()
    print(measure.table(["layers", "network", "search", "first results", "requests", "loaded"], rows))
    print(f"\n- {'MISSED' if missed else 'met'}: {TYPED / 1000:.0f} s from typing to results, {BYTES / 1000:.0f} KB before them")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
