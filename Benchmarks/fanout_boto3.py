"""The same fan-out with boto3 and a thread for each region: what one would otherwise write.

    python fanout_boto3.py URL AUTHORITIES SHA256=ZIP REGION,...

Prints the seconds that the fan-out took, without importing boto3 and making its clients.
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import sys
import time
from typing import Any

import boto3
from botocore.config import Config


def main() -> None:
    url, authorities, layer, regions = sys.argv[1:]
    session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret")
    config = Config(read_timeout=300, retries={"max_attempts": 1})
    clients = [
        session.client("lambda", region, endpoint_url=url, verify=authorities, config=config)
        for region in regions.split(",")
    ]
    begin = time.perf_counter()
    content = pathlib.Path(layer.split("=", 1)[1]).read_bytes()

    def publish(client: Any) -> None:
        number = client.publish_layer_version(
            LayerName="bench", Description="bench==1.0", Content={"ZipFile": content},
            CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["x86_64"])["Version"]
        client.add_layer_version_permission(
            LayerName="bench", VersionNumber=number, StatementId="public", Principal="*",
            Action="lambda:GetLayerVersion")

    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(publish, clients))
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
