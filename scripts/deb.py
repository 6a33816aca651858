"""Makes a Debian package of a folder that holds what is to lie in /usr."""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import bundle

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "deploy/deb"
MAINTAINER = "The maintainers of Strata <maintainers@strata.invalid>"
# What is right here, and why lintian cannot know it.
OVERRIDES = {
    "embedded-library bzip2 [usr/bin/strata]": "Linked with libarchive's archive, whose shared library needs far more.",
    "embedded-library libyaml [usr/bin/strata]": "Part of Yams, a Swift package.",
    "shared-library-lacks-prerequisites [usr/lib/strata/bin/uv]": "A static program that is position independent.",
}


def compress(path: pathlib.Path) -> None:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def libraries(program: pathlib.Path) -> str:
    """The packages of the libraries that a program needs, with the versions that have what it uses."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "debian").mkdir()
        (pathlib.Path(folder) / "debian/control").write_text("Source: strata\n\nPackage: strata\nArchitecture: any\n")
        answer = subprocess.run(
            ["dpkg-shlibdeps", "-O", "-e" + str(program)], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
    return answer.strip().partition("=")[2]


def make(usr: pathlib.Path, version: str, epoch: int, folder: pathlib.Path) -> pathlib.Path:
    """Takes the folder over, and returns the package's path."""
    root = usr.parent
    for page in (usr / "share/man/man1").iterdir():
        compress(page)
    documents = usr / "share/doc/strata"
    shutil.copyfile(SOURCES / "copyright", documents / "copyright")
    # A script that is sourced has no interpreter.
    completion = usr / "share/bash-completion/completions/strata"
    completion.write_text(completion.read_text().removeprefix("#!/bin/bash\n"))
    bundle.without_folders(usr / "bin/strata")
    changes = documents / "changelog"
    changes.write_text(
        f"strata ({version}) unstable; urgency=medium\n\n  * See /usr/share/doc/strata/CHANGELOG.md.gz.\n\n"
        f" -- {MAINTAINER}  {email.utils.formatdate(epoch)}\n"
    )
    for path in (changes, documents / "CHANGELOG.md"):
        compress(path)
    for unit in ("strata@.service", "strata@.timer"):
        target = root / "lib/systemd/system" / unit
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SOURCES / unit, target)
    overrides = usr / "share/lintian/overrides/strata"
    overrides.parent.mkdir(parents=True)
    overrides.write_text("".join(f"# {reason}\nstrata: {tag}\n" for tag, reason in OVERRIDES.items()))
    package = folder / f"strata_{version}_{architecture()}.deb"
    control = root / "DEBIAN"
    control.mkdir()
    files = sorted(path for path in root.rglob("*") if path.is_file())
    (control / "md5sums").write_text(
        "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files)
    )
    (control / "control").write_text(
        "\n".join([
            "Package: strata",
            f"Version: {version}",
            f"Architecture: {architecture()}",
            f"Maintainer: {MAINTAINER}",
            f"Installed-Size: {sum(path.stat().st_size for path in files) // 1024}",
            f"Depends: {libraries(usr / 'bin/strata')}, adduser, ca-certificates, python3",
            "Section: devel",
            "Priority: optional",
            "Description: builds and publishes Python packages as AWS Lambda layers",
            " Strata resolves Python packages, builds them into layers for AWS Lambda,",
            " publishes these in all regions, and keeps a git repository of their ARNs",
            " and a site in step. It can be run again at any time: a unit for each",
            " registry and its timer come with it. So does uv, which it resolves with.",
            "",
        ])
    )  # fmt: skip
    for script in ("postinst", "prerm", "postrm"):
        shutil.copyfile(SOURCES / script, control / script)
    for path in [root, *root.rglob("*")]:
        runs = path.is_dir() or path.parent in (control, usr / "bin", usr / "lib/strata/bin") and path.suffix == ""
        path.chmod(0o755 if runs and path.name not in ("control", "md5sums") else 0o644)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, package],
        check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
    )  # fmt: skip
    return package
