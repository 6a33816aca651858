"""The fan-out to 34 regions beside boto3 with 34 threads: one layer published and made public in each.

Both talk to the same stub over TLS, with keep-alive, each answer 150 ms late. Both are processes of their own, by turns;
what is compared is the fan-out itself, without starting Python, importing boto3 and making its clients. Strata asks STS
for its account first, and boto3 is not made to.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import measure

HERE = pathlib.Path(__file__).parent
REGIONS = """af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
    ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
    il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2""".split()
MB = 1_000_000


def certificates(folder: pathlib.Path) -> None:
    """An authority made for the occasion, and the stub's certificate from it."""
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for command in (
        f"req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=bench-authority -days 2",
        f"req {key} -keyout server.key -out server.csr -subj /CN=127.0.0.1",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


def layer(folder: pathlib.Path, megabytes: int) -> str:
    """Bytes that are as good as a zip's to who only sends them, as DIGEST=PATH."""
    path = folder / f"layer-{megabytes}.zip"
    content = random.Random(megabytes).randbytes(megabytes * MB)
    path.write_bytes(content)
    return f"{hashlib.sha256(content).hexdigest()}={path}"


@contextlib.contextmanager
def stub(folder: pathlib.Path, *options: Any) -> Iterator[Any]:
    arguments = ["--tls", folder / "server.pem", folder / "server.key", *options]
    process = subprocess.Popen(
        [sys.executable, HERE / "latency_stub.py", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    try:
        yield f"https://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait()


class Client:
    """A program that prints how many seconds its fan-out took."""

    def __init__(self, program: Sequence[str], folder: pathlib.Path, zip: str, regions: Sequence[str]) -> None:
        self.program, self.folder, self.zip, self.regions = program, folder, zip, regions
        self.seconds: list[Any] = []

    def run(self, url: str) -> Any:
        with open(self.folder / "seconds", "w+") as output:
            sample = measure.run(
                [*self.program, url, str(self.folder / "ca.pem"), self.zip, ",".join(self.regions)], stdout=output)
            output.seek(0)
            self.seconds.append(float(output.read()))
        return sample


def by_turns(clients: dict[str, Client], url: str, rounds: int) -> Any:
    commands = {name: lambda client=client: client.run(url) for name, client in clients.items()}
    measure.by_turns(commands, 1)
    for client in clients.values():
        client.seconds.clear()
    return measure.by_turns(commands, rounds)


def compare(strata: Sequence[str], boto3: Sequence[str], folder: pathlib.Path, tools: argparse.Namespace) -> Any:
    clients = {
        name: Client(program, folder, layer(folder, 10), REGIONS)
        for name, program in {"strata": strata, "boto3, 34 threads": boto3}.items()
    }
    with stub(folder) as url:
        samples = by_turns(clients, url, tools.rounds)
    rows = []
    for name, taken in samples.items():
        low, high = measure.spread(clients[name].seconds)
        rows.append([
            name, f"{statistics.median(clients[name].seconds):.2f} s ({low:.2f}–{high:.2f})",
            f"{measure.median(taken, 'wall'):.2f} s", f"{measure.median(taken, 'cpu'):.2f} s",
            measure.megabytes(measure.median(taken, "resident"))])
    print(f"### {len(REGIONS)} regions × 10 MB and a permission, 150 ms a call\n")
    print(measure.table(["client", "fan-out", "whole process", "CPU", "peak RSS, MB"], rows))
    ours, theirs = clients.values()
    ratios = [other / own for own, other in zip(ours.seconds, theirs.seconds)]
    low, high = measure.spread(ratios)
    faster = statistics.median(ratios)
    memory = measure.median(samples["strata"], "resident") / measure.median(samples["boto3, 34 threads"], "resident")
    print(f"\n{faster:.1f} times faster ({low:.1f}–{high:.1f}; goal: 3), with {memory:.1%} of the memory (goal: 10%).\n")
    return faster >= 3 and memory < 0.1


def growth(strata: Sequence[str], folder: pathlib.Path, tools: argparse.Namespace) -> bool:
    file = layer(folder, 50)
    clients = {
        f"{len(regions)} regions" if len(regions) > 1 else "1 region": Client(strata, folder, file, regions)
        for regions in (["us-east-1"], REGIONS)
    }
    with stub(folder) as url:
        samples = by_turns(clients, url, min(tools.rounds, 3))
    peaks = {name: max(sample.resident for sample in taken) for name, taken in samples.items()}
    rows = [
        [name, f"{statistics.median(client.seconds):.2f} s", f"{measure.median(samples[name], 'cpu'):.2f} s",
         measure.megabytes(peaks[name])]
        for name, client in clients.items()
    ]
    print("### Memory: a 50 MB layer\n")
    print(measure.table(["to", "fan-out", "CPU", "peak RSS, MB"], rows))
    one, all_ = peaks.values()
    print(f"\n{(all_ - one) / MB:.1f} MB more for {len(REGIONS)} regions than for one (goal: 64).\n")
    return all_ - one <= 64 * MB


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    tools = parser.parse_args()
    print("## Fan-out\n")
    print(measure.machine() + f". Medians of {tools.rounds} rounds, by turns; in brackets the quartiles.\n")
    strata = [tools.bench, "publish"]
    boto3 = [sys.executable, str(HERE / "fanout_boto3.py")]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificates(folder)
        met = compare(strata, boto3, folder, tools)
        met &= growth(strata, folder, tools)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
