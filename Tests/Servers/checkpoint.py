"""Computes anew what a registry's checkpoint says of its files: `checkpoint.py CLONE`.

Written from docs/trust.md, and shares nothing with Strata. Prints what is wrong, a line each, and exits with 1 then.
"""

import hashlib
import json
import sys
from pathlib import Path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def layer_folder(path: str, depth: int) -> str | None:
    """The folder of the layer that a file belongs to; `depth` is how many folders deep the layers lie below theirs."""
    parts = path.split("/")
    if parts[0] == "layers" and len(parts) >= depth + 2 and parts[depth + 1] != "SHA256SUMS":
        return "/".join(parts[: depth + 1])
    if parts[0] == "deployments" and len(parts) == depth + 4 and parts[2] == "packages":
        return "/".join(["layers", *parts[3 : depth + 3]])
    return None


def listed(root: Path) -> bytes:
    lines = []
    for file in sorted(root.glob("layers/**/releases.json")):
        pairs = []
        history = json.loads(file.read_bytes())
        for target, section in history["targets"].items():
            for group in section["releases"]:
                if group["status"] == "deleted":
                    continue
                build = json.loads((file.parent / target / f"{group['build']}.json").read_bytes())
                for region, number in group["regions"].items():
                    arns = group.get("arns", {})
                    partition = "aws-cn" if region.startswith("cn-") else "aws"
                    made = f"arn:{partition}:lambda:{region}:{group['account']}:layer:{group['name']}:{number}"
                    pairs.append(f"{arns.get(region, made)} {build.get('sha256', '-')}\n".encode())
        if pairs:
            lines.append(f"{history['layer']} {len(pairs)} {digest(b''.join(sorted(pairs)))}\n".encode())
    return b"".join(sorted(lines))


def main(clone: str) -> int:
    root = Path(clone)
    problems = []
    depth = 2 if json.loads((root / "registry.json").read_bytes()).get("folders") == "sharded" else 1
    files = sorted(
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and ".git" not in path.parts
    )
    sums: dict[str | None, dict[str, str]] = {None: {}}
    for path in files:
        if path not in ("SHA256SUMS", "checkpoint", "checkpoint.sig"):
            sums.setdefault(layer_folder(path, depth), {})[path] = digest((root / path).read_bytes())
    for folder, entries in sums.items():
        path = f"{folder}/SHA256SUMS" if folder else "SHA256SUMS"
        text = "".join(f"{value}  {name}\n" for name, value in sorted(entries.items()))
        if (root / path).read_text() != text:
            problems.append(f"{path} is not what the files give")
    if (root / "listed.txt").read_bytes() != listed(root):
        problems.append("listed.txt is not what the releases give")
    registry = json.loads((root / "registry.json").read_bytes())
    lines = (root / "checkpoint").read_text().split("\n")
    total = sum(int(line.split(" ")[1]) for line in (root / "listed.txt").read_text().splitlines())
    expected = {
        0: "strata checkpoint 1",
        1: f"registry {registry['id']}",
        2: f"revision {registry['revision']}",
        5: f"files {digest((root / 'SHA256SUMS').read_bytes())}",
        6: f"listed {total} {digest((root / 'listed.txt').read_bytes())}",
        7: "",
    }
    problems += [f"line {n + 1} of checkpoint is {lines[n]!r}" for n, text in expected.items() if lines[n] != text]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
