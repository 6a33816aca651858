"""Vault on loopback: as much of its API as reads and writes keys and values, kept to its documentation and tried with
hvac (`vault_client.py`).

    python vault.py [--sts URL] [--tls CERTIFICATE KEY]

Prints its port and ends when its standard input does. What a test asks of the stand-in itself goes to `/front/…` as JSON:
`secret` makes a secret that the test does not know, `revoke` forgets all tokens that were given out, `answer` lets the next
requests be answered with statuses and headers, `requests` tells what came, `server-id` demands a header of AWS's logins.

`secret/` and `team/kv/` keep versions, `old/` does not, `pki/` holds no keys and values. https://developer.hashicorp.com/vault/api-docs
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import re
import ssl
import sys
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROOT = "hvs.root-token"
MOUNTS = {"secret/": "2", "team/kv/": "2", "old/": "1", "pki/": None}
ROLES = {("approle", "role-1"): "secret-1", ("teams/approle", "role-2"): "secret-2"}


class Refused(Exception):
    """An answer of Vault that is no success."""

    def __init__(self, status: int, *errors: str, data: Any = None) -> None:
        super().__init__(status)
        self.status, self.errors, self.data = status, list(errors), data


class Vault:
    """What the server holds."""

    def __init__(self, sts: str | None) -> None:
        self.sts = sts
        self.lock = threading.Lock()
        self.server_id: str | None = None
        self.tokens: dict[str, str] = {ROOT: "root"}
        self.secrets: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    # Keys and values.

    def mount(self, path: str) -> tuple[str, str | None]:
        """The mount that a path is in, the longest first."""
        for name in sorted(MOUNTS, key=len, reverse=True):
            if path.startswith(name) or path + "/" == name:
                return name, MOUNTS[name]
        raise Refused(403, "preflight capability check returned 403, please ensure client's policies grant access to path")

    def describe(self, path: str) -> Any:
        name, version = self.mount(path)
        if version is None:
            return {"path": name, "type": "pki", "options": None}
        return {"path": name, "type": "kv", "options": {"version": version} if version == "2" else None}

    def key_value(self, method: str, namespace: str, path: str, query: dict[str, str], kind: str, body: Any) -> Any:
        name, version = self.mount(path)
        rest = path[len(name) :]
        if version == "1":
            held = self.secrets.setdefault((namespace, path), [])
            if method == "GET":
                if not held:
                    raise Refused(404)
                return held[-1]["data"]
            held.append({"data": body})
            return None
        if version is None or not rest.startswith("data/"):
            raise Refused(404, "no handler for route")
        held = self.secrets.setdefault((namespace, name + rest[len("data/") :]), [])
        if method == "GET":
            return self.read(held, int(query.get("version", "0")))
        if method == "DELETE":
            held[-1]["deleted"] = "2026-01-01T00:00:00Z"
            return None
        return self.write(method, held, kind, body)

    @staticmethod
    def metadata(held: list[dict[str, Any]], number: int) -> dict[str, Any]:
        deleted = held[number - 1].get("deleted", "")
        return {
            "created_time": "2026-01-01T00:00:00Z", "custom_metadata": None, "deletion_time": deleted,
            "destroyed": False, "version": number,
        }  # fmt: skip

    def read(self, held: list[dict[str, Any]], number: int) -> Any:
        number = number or len(held)
        if not 0 < number <= len(held):
            raise Refused(404)
        found = held[number - 1]
        if "deleted" in found:
            raise Refused(404, data={"data": None, "metadata": self.metadata(held, number)})
        return {"data": found["data"], "metadata": self.metadata(held, number)}

    def write(self, method: str, held: list[dict[str, Any]], kind: str, body: Any) -> Any:
        if not isinstance(body.get("data"), dict):
            raise Refused(400, "no data provided")
        expected = (body.get("options") or {}).get("cas")
        data = body["data"]
        if method == "PATCH":
            if kind != "application/merge-patch+json":
                raise Refused(415, "PATCH requires Content-Type of application/merge-patch+json")
            if not held or "deleted" in held[-1]:
                raise Refused(404)
            data = {key: value for key, value in (held[-1]["data"] | data).items() if value is not None}
        elif method not in ("POST", "PUT"):
            raise Refused(405, "unsupported operation")
        if expected is not None and expected != (0 if held and "deleted" in held[-1] else len(held)):
            raise Refused(400, "check-and-set parameter did not match the current version")
        held.append({"data": data})
        return self.metadata(held, len(held))

    # Logins.

    def give(self, policy: str) -> Any:
        token = f"hvs.{uuid.uuid4().hex}"
        self.tokens[token] = policy
        return {"client_token": token, "policies": ["default", policy], "lease_duration": 3600, "renewable": True}

    def app_role(self, mount: str, body: Any) -> Any:
        if ROLES.get((mount, body.get("role_id", ""))) != body.get("secret_id"):
            raise Refused(400, "invalid role or secret ID")
        return self.give("publisher")

    def aws(self, body: Any) -> Any:
        """As Vault does it: the request is sent to its own STS endpoint, with the host that was signed."""
        if self.sts is None or body["iam_http_request_method"] != "POST":
            raise Refused(400, "invalid iam_http_request_method; currently only 'POST' is supported")
        url = urllib.parse.urlsplit(base64.b64decode(body["iam_request_url"]).decode())
        content = base64.b64decode(body["iam_request_body"]).decode()
        if dict(urllib.parse.parse_qsl(content)) != {"Action": "GetCallerIdentity", "Version": "2011-06-15"}:
            raise Refused(400, "iam_request_body is not a call of GetCallerIdentity")
        listed = json.loads(base64.b64decode(body["iam_request_headers"]))
        headers = {name.lower(): value if isinstance(value, str) else ",".join(value) for name, value in listed.items()}
        if self.server_id is not None:
            if headers.get("x-vault-aws-iam-server-id") != self.server_id:
                raise Refused(400, "error validating X-Vault-AWS-IAM-Server-ID header: missing header or wrong value")
            signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
            if "x-vault-aws-iam-server-id" not in signed:
                raise Refused(400, "header wasn't signed")
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.sts).netloc, timeout=20)
        connection.request("POST", url.path or "/", content, {**headers, "host": url.netloc, "accept": "application/json"})
        answer = connection.getresponse()
        account = re.search(r"(?<=<Account>)[0-9]{12}", answer.read().decode())
        if answer.status != 200 or account is None:
            raise Refused(400, f"error making upstream request: received error code {answer.status} from STS")
        if body.get("role") not in ("strata", f"strata-{account.group()}"):
            raise Refused(400, f"entry for role {body.get('role')} not found")
        return self.give("publisher")

    # Who may what.

    def permit(self, token: str | None, path: str) -> None:
        policy = self.tokens.get(token or "")
        if policy is None:
            raise Refused(403, "permission denied", "invalid token")
        # Where something is mounted is told to whoever may do anything there.
        if policy != "root" and "/forbidden" in path and not path.startswith("sys/internal/"):
            raise Refused(403, "1 error occurred:\n\t* permission denied\n\n")

    def control(self, what: str, request: dict[str, Any]) -> Any:
        if what == "secret":
            text = uuid.uuid4().hex + uuid.uuid4().hex
            data = {"other": {"n": 1}, request["field"]: text}
            self.secrets.setdefault(("", request["path"]), []).append({"data": data})
            return {"turned": bytes(byte ^ 0xFF for byte in text.encode()).hex()}
        if what == "put":
            key = (request.get("namespace", ""), request["path"])
            self.secrets.setdefault(key, []).append({"data": request["data"]})
        elif what == "held":
            return [version["data"] for version in self.secrets.get(("", request["path"]), [])]
        elif what == "revoke":
            self.tokens = {ROOT: "root"}
        elif what == "answer":
            self.answers = request["answers"]
        elif what == "server-id":
            self.server_id = request["value"]
        elif what == "requests":
            found, self.requests = self.requests, []
            return found
        return {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vault: Vault

    def log_message(self, *_: Any) -> None:
        """A test has nothing to read here."""

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(content) if content else {}
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        with self.vault.lock:
            if path.startswith("/front/"):
                return self.reply(200, self.vault.control(path[len("/front/") :], body))
            self.vault.requests.append({"method": self.command, "path": self.path, "token": self.headers.get("X-Vault-Token")})
            if self.vault.answers:
                planned = self.vault.answers.pop(0)
                return self.reply(planned["status"], {"errors": planned.get("errors", [])}, planned.get("headers", {}))
        try:
            return self.reply(200, self.api(path.removeprefix("/v1/"), dict(urllib.parse.parse_qsl(url.query)), body))
        except Refused as refused:
            if refused.data is not None:
                return self.reply(refused.status, {"request_id": str(uuid.uuid4()), "data": refused.data})
            return self.reply(refused.status, {"errors": refused.errors})

    def api(self, path: str, query: dict[str, str], body: Any) -> Any:
        envelope = {"request_id": str(uuid.uuid4()), "lease_id": "", "renewable": False, "lease_duration": 0, "warnings": None}
        login = re.fullmatch("auth/(.+)/login", path)
        if login:
            # The other side of this may be the test's own server: not under the lock.
            given = self.vault.aws(body) if login.group(1) == "aws" else self.vault.app_role(login.group(1), body)
            return {**envelope, "data": None, "auth": given}
        with self.vault.lock:
            self.vault.permit(self.headers.get("X-Vault-Token"), path)
            if path.startswith("sys/internal/ui/mounts/"):
                return {**envelope, "data": self.vault.describe(path[len("sys/internal/ui/mounts/") :]), "auth": None}
            namespace = (self.headers.get("X-Vault-Namespace") or "").strip("/")
            kind = self.headers.get("Content-Type") or ""
            found = self.vault.key_value(self.command, namespace, path, query, kind, body)
            return {**envelope, "data": found, "auth": None}

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def reply(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sts")
    arguments.add_argument("--tls", nargs=2)
    options = arguments.parse_args()
    Handler.vault = Vault(options.sts)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
