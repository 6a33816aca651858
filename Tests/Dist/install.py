#!/usr/bin/env python3
"""Installs what 'make dist' made where there is nothing else, and lets it publish a real package there.

    Tests/Dist/install.py FOLDER [--only debian|archive|image|units ...]

`debian` installs the package in a minimal Debian 12 that mmdebstrap makes, and starts its unit and its timer there under
systemd; `archive` unpacks the archive in a root that holds nothing but /dev, /proc and certificates; `image` reads the
image with skopeo and umoci, and starts it with a root that cannot be written; `files` looks at what can be looked at
without starting it. Packages come from the public index and from Debian's servers. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "scripts")]
sys.dont_write_bytecode = True
import dist  # noqa: E402
from bundle import AUTHORITIES  # noqa: E402
from roots import USER, Root, old_kernel, program, until  # noqa: E402

CONFIGURATION = """
version: 1
registry: {{ name: Acme, url: https://example.invalid/layers }}
targets: [python3.11, python3.13-arm64]
regions: [us-east-1]
layers:
  - six
  - requests
publish: {{ provider: local, folder: lambda, prefix: t, visibility: public }}
ledger: sqlite:ledger.sqlite
git: {{ remote: {folder}/registry.git, author: Test <test@example.invalid> }}
"""
MOST = 25_000_000


def say(text: str) -> None:
    print(text, flush=True)


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise SystemExit(f"expected: {text}")


def run(*command: str | pathlib.Path, **more: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **more})
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def only(folder: pathlib.Path, pattern: str) -> pathlib.Path:
    found = list(folder.glob(pattern))
    expect(len(found) == 1, f"one {pattern} in {folder}, not {len(found)}")
    return found[0]


def main_job(root: Root, strata: str, home: str, **more: Any) -> None:
    """What people install it for: from a configuration to a layer that is found in a pushed registry."""
    given: dict[str, Any] = {"home": home, **more}
    root.run(strata, "check", **given)
    planned = root.run(strata, "plan", "--exit-code", code=4, **given)
    expect("requests" in planned, f"requests in the plan\n{planned}")
    say("    " + root.run(strata, "publish", **given).strip().splitlines()[-1])
    find = [strata, "find", "requests", "--target", "python3.11", "--region", "us-east-1", "--arn", "--registry"]
    arn = root.run(*find, f"{home}/registry.git", **given).strip()
    expect(arn.startswith("arn:aws:lambda:us-east-1:") and arn.endswith(":t-p311-requests:1"), f"an ARN, not {arn}")
    say(f"    found {arn}")
    root.run(strata, "plan", "--exit-code", **given)


def configure(folder: pathlib.Path, inside: str, user: int, more: str = "") -> None:
    path = folder / "strata.yaml"
    path.write_text(CONFIGURATION.format(folder=inside) + more)
    os.chown(path, user, user)


# MARK: What can be looked at


def check_sums(folder: pathlib.Path, temporary: pathlib.Path) -> None:
    run("sh", "-c", f"cd '{folder}' && sha256sum --check --strict SHA256SUMS")
    named = {line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    others = {path.name for path in folder.iterdir()} - {"SHA256SUMS", "SHA256SUMS.sig"}
    expect(named == others, f"sums of {others}, not of {named}")
    key = temporary / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key)
    sums = pathlib.Path(shutil.copy(folder / "SHA256SUMS", temporary))
    dist.sign(sums, str(key))
    (temporary / "signers").write_text("dist " + key.with_suffix(".pub").read_text())
    verify = f"ssh-keygen -Y verify -f '{temporary}/signers' -I dist -n {dist.NAMESPACE} -s '{sums}.sig' < '{sums}'"
    run("sh", "-c", verify)
    sums.write_text(sums.read_text().replace("0", "1", 1))
    expect(subprocess.run(["sh", "-c", verify], capture_output=True).returncode != 0, "changed sums are not signed")
    say("  checksums hold, and their signature is one of just these")


def check_package(package: pathlib.Path, tree: pathlib.Path) -> None:
    complaints = run("lintian", "--allow-root", "--fail-on", "error,warning", package)
    expect(not complaints, f"nothing of lintian\n{complaints}")
    run("dpkg-deb", "-R", package, tree)
    size = (tree / "usr/bin/strata").stat().st_size
    say(f"  lintian has nothing to say; the program has {size / 1e6:.1f} MB")
    expect(size < MOST, f"less than {MOST / 1e6:.0f} MB")
    pages = sorted((tree / "usr/share/man/man1").iterdir())
    for page in pages:
        complaints = run("man", "--warnings", "-Tutf8", "-l", page, MANROFFSEQ="", MANWIDTH="100")
        expect("warning" not in complaints and "NAME" in complaints, f"{page.name} as man wants it\n{complaints}")
    expect(len(pages) > 30, f"a page for each command, not {len(pages)} in all")
    say(f"  {len(pages)} manual pages are read by man")
    unit = tree / "lib/systemd/system/strata@.service"
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit)
    say("  systemd-analyze: " + said.strip().splitlines()[-1].lstrip("→ "))


def check_completions(tree: pathlib.Path) -> None:
    share = tree / "usr/share"
    bash = f"""source '{share}/bash-completion/completions/strata'
        COMP_WORDS=(strata pub) COMP_CWORD=1 COMP_LINE='strata pub' COMP_POINT=10 COMP_TYPE=9
        function=$(complete -p strata | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $function strata pub strata; echo "${{COMPREPLY[@]}}" """
    # zsh completes at a prompt only: what the function would offer is taken at the last call.
    zsh = f"""fpath=('{share}/zsh/vendor-completions' $fpath); autoload -Uz compinit; compinit -D -u
        echo "$_comps[strata]"; autoload +X _strata && whence -f _strata | grep -c publish"""
    fish = f"source '{share}/fish/vendor_completions.d/strata.fish'; complete -C 'strata pub'"
    expect(run("bash", "--norc", "-c", bash).split() == ["publish"], "bash completes 'pub'")
    answer = run("zsh", "-f", "-c", zsh).split()
    expect(answer[0] == "_strata" and int(answer[1]) > 0, f"zsh completes strata, not {answer}")
    expect(run("fish", "--no-config", "-c", fish, HOME=str(tree)).startswith("publish"), "fish completes 'pub'")
    say("  bash, zsh and fish take their completions")


def files(folder: pathlib.Path, temporary: pathlib.Path) -> None:
    check_sums(folder, temporary)
    check_package(only(folder, "*.deb"), temporary / "package")
    check_completions(temporary / "package")


# MARK: The archive


def archive(folder: pathlib.Path, temporary: pathlib.Path) -> None:
    root = Root(temporary / "empty")
    home = root.home("/home/user", USER)
    with tarfile.open(only(folder, "*.tar.gz")) as content:
        content.extractall(home, filter="data")
    place = only(home, "strata-*")
    for path in [place, *place.rglob("*")]:
        os.chown(path, USER, USER)
    strata = f"/home/user/{place.name}/bin/strata"
    for kernel, name, certificates in ((None, "this kernel", False), (old_kernel, "the calls of Linux 4.18", True)):
        say(f"  in an empty root, with {name}")
        if certificates:
            (root.path / AUTHORITIES[1:]).parent.mkdir(parents=True)
            shutil.copyfile(AUTHORITIES, root.path / AUTHORITIES[1:])
        configure(home, "/home/user", USER)
        main_job(root, strata, "/home/user", kernel=kernel)
        for path in home.iterdir():
            if path.name != place.name:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    # From anywhere, by a link, and told what is missing.
    (home / "strata").symlink_to(strata)
    expect(root.run("/home/user/strata", "version").startswith("strata "), "a version, by a link")
    (place / "lib/strata/lib").rename(place / "lib/strata/gone")
    expect("unpack the whole archive" in root.run(strata, "version", code=127), "a word about the libraries")
    (place / "lib/strata/gone").rename(place / "lib/strata/lib")
    needed = run("readelf", "--version-info", place / "bin/strata")
    expect("GLIBC_" in needed, "a program that needs a C library, and has it beside it")
    times = []
    for _ in range(21):
        begun = time.perf_counter()
        run(place / "bin/strata", "version")
        times.append((time.perf_counter() - begun) * 1000)
    sizes = {
        name: sum(path.stat().st_size for path in (place / name).rglob("*") if path.is_file()) / 1e6
        for name in ("bin", "lib/strata/bin", "lib/strata/lib", "share")
    }
    say(f"  'strata version' takes {statistics.median(times):.1f} ms (least {min(times):.1f})")
    say("  MB unpacked: " + ", ".join(f"{name} {size:.1f}" for name, size in sizes.items()))


# MARK: The image


def image(folder: pathlib.Path, temporary: pathlib.Path) -> None:
    path = only(folder, "*-oci-*.tar")
    config = json.loads(run("skopeo", "inspect", "--config", f"oci-archive:{path}"))
    expect(config["config"]["User"] == "10001:10001", "a user of its own")
    expect(config["architecture"] == {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()], "this processor")
    raw = json.loads(run("skopeo", "inspect", "--config", "--raw", f"oci-archive:{path}"))
    check = raw["config"]["Healthcheck"]["Test"]
    expect(check[0] == "CMD", f"a health check, not {check}")
    run("skopeo", "copy", "--quiet", f"docker-archive:{path}", f"oci:{temporary}/docker:strata")
    run("skopeo", "copy", "--quiet", f"oci-archive:{path}", f"oci:{temporary}/layout:strata")
    run("umoci", "unpack", "--image", f"{temporary}/layout:strata", temporary / "unpacked")
    root = Root(temporary / "unpacked/rootfs")
    say(f"  skopeo and umoci read it: {len(raw['rootfs']['diff_ids'])} layers")
    environment = dict(line.split("=", 1) for line in raw["config"]["Env"])
    given: dict[str, Any] = {"user": 10001, "home": "/work", "readable_only": True, "environment": environment}
    expect(root.run(*check[1:], **given).startswith("strata "), "a health check that passes")
    entry = raw["config"]["Entrypoint"][0]
    # One container for all of it, since its volumes go with it.
    shown = root.run(*[entry, *raw["config"]["Cmd"]], **given)
    expect("USAGE" in shown, f"a help\n{shown}")
    (root.path / "srv").mkdir()
    configure(root.path / "srv", "/tmp", 10001)
    text = (root.path / "srv/strata.yaml").read_text()
    (root.path / "srv/strata.yaml").write_text(text.replace("folder: lambda", "folder: /tmp/lambda").replace("sqlite:", "sqlite:/tmp/"))
    say("    " + root.run(entry, "publish", "--config", "/srv/strata.yaml", **given).strip().splitlines()[-1])
    say("  it publishes as user 10001, with a root that cannot be written")


# MARK: Debian and its units


class Machine:
    """A Debian that was booted: systemd and what it starts."""

    def __init__(self, path: pathlib.Path) -> None:
        self.log = (path.parent / "console").open("wb")
        self.container = subprocess.Popen(
            [program("systemd-nspawn"), "--quiet", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off",
             # nspawn of Debian 12 does not know these; machines have no such filter.
             "--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self",
             "--directory", path, "--boot"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        children = pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children")
        # The first child of nspawn's is systemd.
        self.leader = until("a first process", lambda: self.inits(children), 60)
        until("systemd", lambda: self.ask("systemctl", "is-system-running").strip() in ("running", "degraded"), 120)

    @staticmethod
    def inits(children: pathlib.Path) -> str:
        for child in children.read_text().split():
            below = pathlib.Path(f"/proc/{child}/task/{child}/children").read_text().split()
            for process in [child, *below]:
                if pathlib.Path(f"/proc/{process}/comm").read_text().strip() == "systemd":
                    return process
        return ""

    def ask(self, *command: str) -> str:
        result = subprocess.run(
            [program("nsenter"), "--target", self.leader, "--all", "--wdns=/", *command], capture_output=True, text=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )  # fmt: skip
        return result.stdout + result.stderr

    def stop(self) -> None:
        self.ask("systemctl", "poweroff")
        try:
            self.container.wait(60)
        except subprocess.TimeoutExpired:
            self.container.kill()
            self.container.wait()
        self.log.close()


def debian(folder: pathlib.Path, temporary: pathlib.Path) -> None:
    package = only(folder, "*.deb")
    path = temporary / "debian"
    begun = time.monotonic()
    # apt itself finds what the package depends on; systemd is what its units need.
    run(
        "mmdebstrap", "--quiet", "--variant=minbase", "--include=systemd,systemd-sysv,dbus", "--customize-hook",
        f"copy-in {package} /tmp", "--customize-hook", 'chroot "$1" sh -c "apt-get install -qq --no-install-recommends -y /tmp/*.deb"',
        "bookworm", path, DEBIAN_FRONTEND="noninteractive",
    )  # fmt: skip
    say(f"  installed in a minimal Debian 12 ({time.monotonic() - begun:.0f} s)")
    root = Root(path)
    # A proxy between this machine and the index may have an authority of its own.
    shutil.copyfile(AUTHORITIES, path / AUTHORITIES[1:])
    home = root.home("/home/user", USER)
    configure(home, "/home/user", USER)
    main_job(root, "/usr/bin/strata", "/home/user")
    upgrade(root, home, package, temporary)
    units(root, package, temporary)
    say(run("chroot", path, "apt-get", "purge", "-qq", "-y", "strata").strip()[-200:])
    left = [name for name in ("usr/bin/strata", "usr/lib/strata", "var/cache/strata") if (path / name).exists()]
    expect(not left, f"nothing left after purge, not {left}")
    expect((path / "var/lib/strata/acme/ledger.sqlite").exists(), "the ledger stays after purge")


def another(package: pathlib.Path, temporary: pathlib.Path, version: str, script: str) -> pathlib.Path:
    """A later version of the package, whose program does something else."""
    tree, made = temporary / f"tree-{version}", temporary / f"strata_{version}.deb"
    run("dpkg-deb", "-R", package, tree)
    (tree / "usr/bin/strata").unlink()
    (tree / "usr/bin/strata").write_text(script)
    (tree / "usr/bin/strata").chmod(0o755)
    control = tree / "DEBIAN/control"
    control.write_text("".join(f"Version: {version}\n" if line.startswith("Version:") else line + "\n" for line in control.read_text().splitlines()))
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, made)
    return made


def workers(parent: int) -> list[int]:
    found = []
    for child in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        try:
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:2] == [b"worker"]:
            found.append(int(child))
    return found


def install(root: Root, package: pathlib.Path) -> None:
    target = root.path / "tmp/new.deb"
    shutil.copyfile(package, target)
    run("chroot", root.path, "dpkg", "--install", "/tmp/new.deb")


def upgrade(root: Root, home: pathlib.Path, package: pathlib.Path, temporary: pathlib.Path) -> None:
    """A run that an upgrade overtakes goes on as the program that it began with."""
    path = home / "strata.yaml"
    path.write_text(path.read_text().replace("  - six\n", "  - six\n  - idna\n"))
    newer = another(package, temporary, "99", "#!/bin/sh\necho 'the new program'\nexit 99\n")
    process = root.start("/usr/bin/strata", "publish")

    # unshare's child is the program itself.
    def started() -> int:
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return next((int(child) for child in children if workers(int(child))), 0)

    running = until("a worker", started)
    os.kill(running, signal.SIGSTOP)
    install(root, newer)
    expect("the new program" in root.run("/usr/bin/strata", "version", code=99), "an upgrade")
    os.kill(running, signal.SIGCONT)
    output, _ = process.communicate(timeout=600)
    expect(process.returncode == 0, f"a run that goes on after the upgrade\n{output}")
    install(root, package)
    root.run("/usr/bin/strata", "plan", "--exit-code")
    say("  an upgrade in the middle of a run does not disturb it: " + output.strip().splitlines()[-1])


def units(root: Root, package: pathlib.Path, temporary: pathlib.Path) -> None:
    """The service as systemd runs it, shut in, with the sandboxes of the worker and of the probe."""
    machine = Machine(root.path)
    try:
        machine.ask("install", "-d", "-o", "strata", "-g", "strata", "/var/lib/strata/acme")
        configure(root.path / "var/lib/strata/acme", "/var/lib/strata/acme", 0, "checks: { imports: sandbox }\n")
        (root.path / "var/lib/strata/acme/strata.yaml").chmod(0o644)
        said = machine.ask("systemctl", "start", "strata@acme.service")
        log = machine.ask("journalctl", "--no-pager", "-u", "strata@acme.service", "-o", "cat")
        result = machine.ask("systemctl", "show", "-p", "Result,ExecMainStatus", "strata@acme.service").split()
        expect(result == ["Result=success", "ExecMainStatus=0"], f"a run that succeeds, not {result}\n{said}{log}")
        shown = machine.ask("setpriv", "--reuid=strata", "--regid=strata", "--clear-groups", "env", "STRATA_CACHE=/var/cache/strata",
                            "strata", "explain", "requests", "--config", "/var/lib/strata/acme/strata.yaml")  # fmt: skip
        expect("mported" in shown, f"an import that was proved under the unit\n{shown}\n{log}")
        expect((root.path / "var/lib/strata/acme/registry.git/refs/heads/main").exists(), "a registry")
        machine.ask("systemctl", "enable", "--now", "strata@acme.timer")
        listed = machine.ask("systemctl", "list-timers", "--no-pager", "strata@*")
        expect("strata@acme.timer" in listed, f"a timer\n{listed}")
        say("  systemd runs the unit, and the timer waits")
    finally:
        machine.stop()


PARTS = {"files": files, "archive": archive, "image": image, "debian": debian}


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("Tests/Dist/install.py: it makes roots and boots one of them, which needs root's rights")
    for name in given.only:
        say(name)
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="strata-dist-") as temporary:
            pathlib.Path(temporary).chmod(0o755)
            PARTS[name](given.folder.resolve(), pathlib.Path(temporary).resolve())
        say(f"  {name}: {time.monotonic() - begun:.0f} s")
    say("What is installed works where there is nothing else.")


if __name__ == "__main__":
    main()
