"""Makes a container image without a daemon: an archive of an OCI layout, which docker, podman and skopeo read.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import platform
import time
from typing import Any

import archive

USER = 10001
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PROGRAM = "/usr/local/bin/strata"
SECOND = 1_000_000_000


def base(tools: pathlib.Path) -> bytes:
    """All but the program: what is the same for many versions."""
    content = [archive.folder(name) for name in ("etc", "etc/ssl", "etc/ssl/certs", "usr", "usr/local", "usr/local/lib")]
    content += [
        archive.folder("tmp", 0o1777), archive.folder("var"), archive.folder("var/cache"),
        # For whoever it is run as; the user's own, if it is nobody else.
        archive.folder("var/cache/strata", 0o1777), archive.folder("work", 0o755, USER),
        archive.file("etc/passwd", f"root:x:0:0:root:/:\nstrata:x:{USER}:{USER}:Strata:/work:\n".encode()),
        archive.file("etc/group", f"root:x:0:\nstrata:x:{USER}:\n".encode()),
        archive.file("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        archive.file("etc/ssl/certs/ca-certificates.crt", (tools / "etc/ca-certificates.crt").read_bytes()),
    ]  # fmt: skip
    return archive.tar(content + archive.entries(tools, "usr/local/lib/strata"), 0)


def program(tree: pathlib.Path) -> bytes:
    content = [archive.folder(name) for name in ("usr", "usr/local", "usr/local/bin", "usr/local/share")]
    content.append(archive.file(PROGRAM[1:], (tree / "bin/strata").read_bytes(), 0o755))
    return archive.tar([*content, *archive.entries(tree / "share/doc", "usr/local/share/doc")], 0)


def make(tree: pathlib.Path, version: str, epoch: int, output: pathlib.Path) -> None:
    """Makes the image of the archive's folder."""
    blobs: dict[str, bytes] = {}

    def put(kind: str, data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    layers = [base(tree / "lib/strata"), program(tree)]
    described = [put("layer.v1.tar+gzip", archive.compressed(layer)) for layer in layers]
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    labels = {
        "org.opencontainers.image.title": "strata", "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }  # fmt: skip
    configuration = {
        "created": created, "architecture": ARCHITECTURES[platform.machine()], "os": "linux",
        "config": {
            "User": f"{USER}:{USER}", "Entrypoint": [PROGRAM], "Cmd": ["help"], "WorkingDir": "/work",
            "Env": ["PATH=/usr/local/bin", "HOME=/work", "STRATA_CACHE=/var/cache/strata"],
            "Volumes": {"/tmp": {}, "/var/cache/strata": {}, "/work": {}}, "Labels": labels,
            # Docker's own field, which OCI leaves to it. Strata serves nothing: what can be asked is whether it starts.
            "Healthcheck": {"Test": ["CMD", PROGRAM, "version"], "Interval": 60 * SECOND, "Timeout": 5 * SECOND},
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]},
        "history": [
            {"created": created, "created_by": text, "comment": "scripts/image.py"} for text in ("libraries and uv", "strata")
        ],
    }  # fmt: skip
    config = put("config.v1+json", written(configuration))
    manifest = put("manifest.v1+json", written({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
        "layers": described, "annotations": labels,
    }))  # fmt: skip
    tag = {"org.opencontainers.image.ref.name": version, "io.containerd.image.name": f"docker.io/library/strata:{version}"}
    target = {"architecture": configuration["architecture"], "os": "linux"}
    index = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{**manifest, "platform": target, "annotations": tag}],
    }  # fmt: skip

    def path(blob: dict[str, Any]) -> str:
        return "blobs/" + blob["digest"].replace(":", "/")

    # The last one is for 'docker load', which knew no other before OCI.
    legacy = [{"Config": path(config), "RepoTags": [f"strata:{version}"], "Layers": [path(layer) for layer in described]}]
    content = [archive.folder("blobs"), archive.folder("blobs/sha256")]
    content += [archive.file(f"blobs/sha256/{digest}", data) for digest, data in blobs.items()]
    content += [
        archive.file("oci-layout", written({"imageLayoutVersion": "1.0.0"})),
        archive.file("index.json", written(index)), archive.file("manifest.json", written(legacy)),
    ]  # fmt: skip
    output.write_bytes(archive.tar(content, 0))


def written(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
