"""An SSH server on loopback for a folder of git repositories, configured as the large hosts' servers are.

    python ssh_server.py FOLDER

Prints its port and ends when its standard input does. Each connection gets an sshd of its own (`sshd -i`), so that no
port has to be guessed. `FOLDER/sshd/authorized_keys` is read for each connection; `FOLDER/sshd/host.pub` is the host's
key. Whoever logs in gets git's own shell and nothing else.
"""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys
import threading

SETTINGS = """\
HostKey {folder}/sshd/host
KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha256
Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256
PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256
AuthorizedKeysFile {folder}/sshd/authorized_keys
AuthenticationMethods publickey
ForceCommand cd '{folder}' && exec git shell -c "$SSH_ORIGINAL_COMMAND"
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
PrintMotd no
LogLevel VERBOSE
"""


def prepare(folder: pathlib.Path) -> None:
    """Makes what the server needs in a folder: a host key, and a list of keys that may log in, which is empty."""
    (folder / "sshd").mkdir()
    (folder / "sshd/config").write_text(SETTINGS.format(folder=folder))
    (folder / "sshd/authorized_keys").touch()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "sshd/host"], check=True)
    if os.geteuid() == 0:
        # As root, sshd wants the folder that its service would have made.
        os.makedirs("/run/sshd", exist_ok=True)


def answer(connection: socket.socket, folder: pathlib.Path) -> None:
    """Gives a connection an sshd of its own."""
    server = subprocess.Popen(
        ["/usr/sbin/sshd", "-i", "-f", f"{folder}/sshd/config", "-E", f"{folder}/sshd/log"],
        stdin=connection.fileno(), stdout=connection.fileno(), stderr=subprocess.DEVNULL)
    threading.Thread(target=server.wait, daemon=True).start()


def serve(listener: socket.socket, folder: pathlib.Path) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            answer(connection, folder)


def main() -> None:
    folder = pathlib.Path(sys.argv[1]).resolve()
    prepare(folder)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(listener, folder), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
