#!/usr/bin/env python3
"""Makes what people install: a Debian package, an archive for any Linux, a container image, and their checksums.

    dist.py STRATA UV CHECKOUTS OUTPUT [--key KEY]

STRATA is the program with Swift's own libraries in it, UV the one that needs no loader, and CHECKOUTS the folder of the
Swift packages that it was built from, for their licences. The processor is this machine's. The archive and the image
hold the loader and the libraries of this machine; the package depends on them instead. The same input gives the same
bytes. The checksums are signed if the path of a key for SSH is given: its private half is read by ssh-keygen only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile
import time

import archive
import bundle
import deb
import image
import loader
import manual

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a signature by this key says; whoever checks it has to name the same.
NAMESPACE = "file"
# Linked into the program from Debian's archives.
LINKED = ["libarchive-dev", "libbz2-dev", "liblzma-dev", "libzstd-dev", "nettle-dev", "zlib1g-dev", "libc6"]


def licences_of_swift(folder: pathlib.Path, checkouts: pathlib.Path) -> None:
    """What the licences of the Swift packages ask to be told, and Swift's own: all of them are in the program."""
    swift = pathlib.Path(os.path.realpath(bundle.tool("swift"))).parents[1] / "share/swift/LICENSE.txt"
    places = {"swift": [swift]}
    for checkout in sorted(path for path in checkouts.iterdir() if path.is_dir()):
        places[checkout.name] = [
            path for path in sorted(checkout.iterdir())
            if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))
        ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, paths in places.items():
        if not paths:
            raise SystemExit(f"dist: {name} has no licence")
        (folder / f"{name}.txt").write_bytes(b"\n".join(path.read_bytes() for path in paths))


def licences_of_uv(folder: pathlib.Path, uv: pathlib.Path) -> None:
    texts = sorted((uv.parent / "wheel").glob("uv-*.dist-info/licenses/*"))
    if not texts:
        raise SystemExit("dist: uv has no licence beside it")
    (folder / "uv.txt").write_bytes(b"\n".join(path.read_bytes() for path in texts))


def licences_of_debian(folder: pathlib.Path, packages: set[str]) -> None:
    for package in packages:
        bundle.place(f"/usr/share/doc/{package}/copyright", folder / f"{package}.txt")


def owners(paths: list[str]) -> set[str]:
    """The packages that files of this machine belong to."""
    found = set()
    for path in paths:
        for candidate in (path, os.path.realpath(path), path.removeprefix("/usr")):
            answer = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True)
            if answer.returncode == 0:
                found.add(answer.stdout.split(":")[0])
                break
        else:
            raise SystemExit(f"dist: {path} belongs to no package, so its licence is not known")
    return found


def common(usr: pathlib.Path, given: argparse.Namespace, version: str, epoch: int, *, is_debian: bool) -> None:
    """The program, its manual, its completions and what is told of it."""
    bundle.stripped(given.strata, usr / "bin/strata")
    manual.write(given.strata, usr / "share/man/man1", version, time.strftime("%Y-%m-%d", time.gmtime(epoch)))
    shells = {
        "bash": "bash-completion/completions/strata",
        "zsh": f"zsh/{'vendor-completions' if is_debian else 'site-functions'}/_strata",
        "fish": "fish/vendor_completions.d/strata.fish",
    }
    for shell, path in shells.items():
        target = usr / "share" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as output:
            subprocess.run([given.strata, "--generate-completion-script", shell], check=True, stdout=output)
    documents = usr / "share/doc/strata"
    for name in ("README.md", "CHANGELOG.md"):
        bundle.place(ROOT / name, documents / name)
    licences_of_swift(documents / "licences", given.checkouts)
    licences_of_uv(documents / "licences", given.uv)
    licences_of_debian(documents / "licences", set(LINKED))


def package(folder: pathlib.Path, given: argparse.Namespace, version: str, epoch: int) -> pathlib.Path:
    usr = folder / "package/usr"
    common(usr, given, version, epoch, is_debian=True)
    bundle.place(given.uv, usr / "lib/strata/bin/uv")
    return deb.make(usr, version, epoch, given.output)


def portable(folder: pathlib.Path, given: argparse.Namespace, version: str, epoch: int) -> pathlib.Path:
    """What runs on a machine that lacks everything: the program, its own loader and libraries, uv, a Python."""
    tree = folder / f"strata-{version}-linux-{platform.machine()}"
    common(tree, given, version, epoch, is_debian=False)
    tools = tree / "lib/strata"
    name = bundle.contents(tools, given.strata, given.uv)
    bundle.look_in(tree / "bin/strata", "../lib/strata/lib")
    loader.attach(tree / "bin/strata", f"../lib/strata/lib/{name}")
    python = bundle.interpreter(tools)
    bundle.look_in(python, "../lib")
    loader.attach(python, f"../lib/{name}")
    documents = tree / "share/doc/strata"
    bundle.place(ROOT / "LICENSE", documents / "LICENSE")
    taken = {**bundle.libraries(given.strata), **bundle.libraries("/usr/bin/python3"), "python3": "/usr/bin/python3"}
    licences_of_debian(documents / "licences", owners([*taken.values(), bundle.AUTHORITIES]))
    return tree


def sign(sums: pathlib.Path, key: str) -> None:
    sums.with_name(sums.name + ".sig").unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, sums], check=True)


def moment() -> int:
    """The time that all files bear: the environment's, or the last commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    shown = subprocess.run(["git", "-C", ROOT, "show", "-s", "--format=%ct"], capture_output=True, text=True)
    return int(shown.stdout) if shown.returncode == 0 else 0


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("strata", "uv", "checkouts", "output"):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--key")
    given = parser.parse_args()
    version = subprocess.run([given.strata, "version"], check=True, capture_output=True, text=True).stdout.split()[1]
    epoch = moment()
    shutil.rmtree(given.output, ignore_errors=True)
    given.output.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary).resolve()
        made = [package(folder, given, version, epoch)]
        tree = portable(folder, given, version, epoch)
        made.append(given.output / f"{tree.name}.tar.gz")
        made[-1].write_bytes(archive.compressed(archive.tar(archive.entries(tree, tree.name), epoch)))
        made.append(given.output / f"strata-{version}-oci-{platform.machine()}.tar")
        image.make(tree, version, epoch, made[-1])
    sums = given.output / "SHA256SUMS"
    sums.write_text("".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made))
    for path in made:
        print(f"{path}  {path.stat().st_size / 1048576:.1f} MiB")
    if given.key:
        sign(sums, given.key)
    else:
        print(f"{sums} is not signed: no key was given (DIST_KEY)")


if __name__ == "__main__":
    main()
