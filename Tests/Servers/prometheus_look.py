"""What Prometheus makes of a folder of metrics: read by itself, as OpenMetrics, and through node_exporter.

    python prometheus_look.py FOLDER RULES

Starts Debian's Prometheus and node_exporter on loopback, with the rules, waits until both have been scraped, and prints
JSON: for each way the samples' values by name, and how many rules were evaluated without an error.
"""

from __future__ import annotations

import collections
import functools
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from typing import Any


class Metrics(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".prom": "application/openmetrics-text; version=1.0.0; charset=utf-8"}

    def log_message(self, *_: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def samples(base: str, job: str) -> dict[str, int]:
    query = urllib.parse.quote(f'{{job="{job}",__name__=~"strata_.+|node_textfile_scrape_error"}}')
    found = ask(f"{base}/api/v1/query?query={query}")["data"]["result"]
    return {one["metric"]["__name__"]: int(float(one["value"][1])) for one in found}


def rules(base: str) -> dict[str, int]:
    """How many rules there are in which state."""
    groups = ask(f"{base}/api/v1/rules")["data"]["groups"]
    return collections.Counter(rule["health"] for group in groups for rule in group["rules"])


def look(base: str) -> dict[str, dict[str, int]]:
    return {
        "direct": samples(base, "direct"),
        "exporter": samples(base, "exporter"),
        "rules": rules(base),
    }


def main() -> None:
    folder, rule_file = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Metrics, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    exporter, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as place:
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [rule_file],
            "scrape_configs": [
                {
                    "job_name": "direct",
                    "metrics_path": "/m.prom",
                    "static_configs": [{"targets": [f"127.0.0.1:{server.server_port}"]}],
                },
                {"job_name": "exporter", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]},
            ],
        }
        path = pathlib.Path(place, "prometheus.yml")
        path.write_text(json.dumps(configuration))
        commands = [
            [
                "prometheus-node-exporter",
                "--collector.disable-defaults",
                "--collector.textfile",
                f"--collector.textfile.directory={folder}",
                f"--web.listen-address=127.0.0.1:{exporter}",
            ],
            [
                "prometheus",
                f"--config.file={path}",
                f"--storage.tsdb.path={place}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
        ]
        log = pathlib.Path(place, "log")
        with log.open("wb") as out:
            children = [subprocess.Popen(command, stdout=out, stderr=out) for command in commands]
        base = f"http://127.0.0.1:{port}"
        try:
            answer: dict[str, dict[str, int]] = {}
            end = time.monotonic() + 120
            while time.monotonic() < end:
                try:
                    answer = look(base)
                    evaluated = answer["rules"] and "unknown" not in answer["rules"]
                    if answer["direct"] and len(answer["exporter"]) > 1 and evaluated:
                        break
                except OSError:
                    pass  # not up yet
                time.sleep(0.2)
            else:
                sys.exit(log.read_text())
            print(json.dumps(answer))
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait()


if __name__ == "__main__":
    main()
