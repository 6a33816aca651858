"""Git's smart HTTP behind TLS on loopback, with the parts of GitHub's and GitLab's API that a registry needs: tokens for
Apps, and requests to merge one branch into another.

    python git_https.py FOLDER STATE

Serves the bare repositories of FOLDER by `git http-backend`, for `localhost` and 127.0.0.1, with a certificate of an
authority made for the occasion: `STATE/ca.pem`. Prints its port and ends when its standard input does. A second server, on
the port that `STATE/elsewhere` names, stands for another host. Nothing secret is written below FOLDER.

`STATE/rules.json` is read for each request:

    {"tokens": {TOKEN: "write" | "read" | "nothing"},     what a token may do; any other token is refused
     "user": NAME,                                        the name to be seen beside a token; none: any
     "app": {"id": ID, "installation": N, "key": PEM,     the App that is installed, with its public key
             "permission": "write" | "read" | "none", "repositories": [NAME], "suspended": true,
             "uses": [N],                                 how often its tokens can be used, in the order they are issued
             "requests": true},                           whether it may write pull requests
     "api": [STATUS, JSON] | "hang" | "no requests",      what questions about requests are answered with; the last: 403
     "closed": [N],                                       requests that are open no more
     "fork": true,                                        a fork has a branch and a request of the same names
     "clock": SECONDS,                                    how far the server's clock is ahead
     "redirect": "elsewhere" | "here",                    where every request to git is sent
     "answer": [STATUS, TYPE, TEXT],                      what every request to git is answered with
     "drop": SERVICE}                                     the answer to a POST to this service is never sent

What came is in `STATE/log.jsonl`, a line of JSON for each request, in which a token is said to be there, not what it is.
Tokens that were issued are in `STATE/issued`, requests to merge in `STATE/requests.json`.
https://docs.github.com/en/rest/pulls/pulls https://docs.gitlab.com/api/merge_requests/
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import pathlib
import secrets
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LOCK = threading.Lock()
FOLDER = pathlib.Path()
STATE = pathlib.Path()
# Tokens of the App: what each may do, on which repositories, and how often it is still good.
ISSUED: dict[str, dict[str, Any]] = {}
# Requests to merge, the first with the number 1.
REQUESTS: list[dict[str, Any]] = []


def rules() -> Any:
    try:
        return json.loads((STATE / "rules.json").read_text())
    except FileNotFoundError:
        return {}


class Refusal(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check_jwt(token: str, app: Any, now: float) -> None:
    """What GitHub checks: the algorithm, the signature, whose it is, and that it holds now and for ten minutes at most."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Refusal(401, "A JSON web token could not be decoded")
    header, claims = json.loads(unpadded(parts[0])), json.loads(unpadded(parts[1]))
    key = serialization.load_pem_public_key(app["key"].encode())
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(unpadded(parts[2]), f"{parts[0]}.{parts[1]}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    if header != {"alg": "RS256", "typ": "JWT"}:
        raise Refusal(401, "A JSON web token could not be decoded")
    if str(claims["iss"]) != str(app["id"]):
        raise Refusal(404, "Integration not found")
    if claims["iat"] > now:
        raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
    if claims["exp"] <= now:
        raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
    if claims["exp"] > now + 600:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")


def issue(app: Any, installation: str, wish: Any) -> dict[str, Any]:
    if str(app["installation"]) != installation:
        raise Refusal(404, "Not Found")
    if app.get("suspended"):
        raise Refusal(403, "This installation has been suspended")
    grants = {"write": {"read", "write"}, "read": {"read"}}.get(app["permission"], set())
    asked = dict(wish["permissions"])
    if asked.pop("contents") not in grants or asked not in ({}, *([{"pull_requests": "write"}] * bool(app.get("requests")))):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    if not set(wish["repositories"]) <= set(app["repositories"]):
        raise Refusal(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation.")
    token = "ghs_" + secrets.token_hex(18)
    with LOCK:
        uses = app.get("uses", [])
        left = uses[len(ISSUED)] if len(ISSUED) < len(uses) else None
        ISSUED[token] = {
            "may": wish["permissions"]["contents"], "repositories": wish["repositories"], "left": left,
            "requests": "pull_requests" in wish["permissions"]}
        with open(STATE / "issued", "a") as file:
            file.write(token + "\n")
    return {
        "token": token, "expires_at": "2099-01-01T00:00:00Z", "permissions": wish["permissions"],
        "repository_selection": "selected"}


def rights(token: str, repository: str, known: Any) -> str:
    """What a token may do with a repository. An App's is used up by it."""
    with LOCK:
        issued = ISSUED.get(token)
        if issued is not None and issued["left"] != 0:
            if issued["left"] is not None:
                issued["left"] -= 1
            return issued["may"] if repository in issued["repositories"] else "nothing"
    if token in known.get("tokens", {}):
        return str(known["tokens"][token])
    raise Refusal(401, "Invalid username or token. Password authentication is not supported for Git operations.")


def tips(project: str) -> dict[str, str]:
    command = ["git", "-c", "safe.directory=*", "-C", str(FOLDER / f"{project}.git"), "for-each-ref"]
    form = "--format=%(refname:lstrip=2) %(objectname)"
    found = subprocess.run([*command, form, "refs/heads"], stdout=subprocess.PIPE, check=True)
    return dict(line.split(" ") for line in found.stdout.decode().splitlines())


def said(one: dict[str, Any], port: int) -> dict[str, Any]:
    """A request as its host says it."""
    page = f"https://localhost:{port}/{one['project']}"
    if one["gitlab"]:
        return {
            "iid": one["number"], "id": one["number"] + 1000, "title": one["title"], "description": one["text"],
            "state": "opened", "source_branch": one["head"], "target_branch": one["base"], "source_project_id": one["from"],
            "target_project_id": 1, "web_url": f"{page}/-/merge_requests/{one['number']}"}
    owner, name = one["project"].split("/")
    return {
        "number": one["number"], "title": one["title"], "body": one["text"], "state": "open",
        "head": {"ref": one["head"], "label": f"{owner}:{one['head']}", "repo": {"full_name": one["project"]}},
        "base": {"ref": one["base"]}, "html_url": f"{page}/pull/{one['number']}"}


def requests(method: str, path: str, body: Any, known: Any) -> list[dict[str, Any]]:
    """Finds, opens or renews requests, as both hosts do."""
    place, _, query = path.partition("?")
    asked = {key: values[0] for key, values in urllib.parse.parse_qs(query, strict_parsing=bool(query)).items()}
    parts = place.split("/")[3:]
    gitlab = path.startswith("/api/v4/")
    if gitlab:
        project, parts = urllib.parse.unquote(parts[1]), parts[2:]
    else:
        project, parts = "/".join(parts[1:3]), parts[3:]
    if not (FOLDER / f"{project}.git").is_dir() or parts[0] != ("merge_requests" if gitlab else "pulls"):
        raise Refusal(404, "404 Project Not Found" if gitlab else "Not Found")
    open_ones = [one for one in REQUESTS if one["project"] == project and one["number"] not in known.get("closed", [])]
    if method == "GET":
        head, base = ("source_branch", "target_branch") if gitlab else ("head", "base")
        assert set(asked) == {"state", head, base} and asked["state"] == ("opened" if gitlab else "open"), asked
        owner = "" if gitlab else f"{project.split('/')[0]}:"
        found = [one for one in open_ones if asked[head] == f"{owner}{one['head']}" and asked[base] == one["base"]]
        if gitlab and known.get("fork"):
            found.insert(0, {
                "project": project, "gitlab": True, "number": 99, "title": "", "text": "", "head": asked[head],
                "base": asked[base], "from": 2})
        return found
    text = "description" if gitlab else "body"
    if len(parts) == 2:
        if method != ("PUT" if gitlab else "PATCH"):
            raise Refusal(405, "405 Method Not Allowed")
        assert set(body) == {"title", text}, body
        one = next(one for one in open_ones if one["number"] == int(parts[1]))
        one.update(title=body["title"], text=body[text])
        return [one]
    head, base = ("source_branch", "target_branch") if gitlab else ("head", "base")
    assert method == "POST" and set(body) == {"title", text, head, base}, body
    branches = tips(project)
    if any(one["head"] == body[head] and one["base"] == body[base] for one in open_ones):
        raise Refusal(409 if gitlab else 422, f"A pull request already exists for {body[head]}.")
    if branches.get(body[head]) in (None, branches.get(body[base])):
        raise Refusal(422, f"No commits between {body[base]} and {body[head]}")
    REQUESTS.append({
        "project": project, "gitlab": gitlab, "number": len(REQUESTS) + 1, "title": body["title"], "text": body[text],
        "head": body[head], "base": body[base], "from": 1})
    return REQUESTS[-1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_PATCH(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + rules().get("clock", 0) if timestamp is None else timestamp)

    def answer(self, body: bytes) -> None:
        known = rules()
        try:
            if self.server.is_elsewhere:
                raise Refusal(404, "Not here")
            if self.path.startswith(("/api/v3/repos/", "/api/v4/projects/")):
                self.requests(body, known)
            elif self.path.startswith("/api/v3/"):
                self.api(body, known)
            else:
                self.git(body, known)
        except Refusal as refusal:
            if self.path.startswith("/api/"):
                text, kind = json.dumps({"message": refusal.words}), "application/json; charset=utf-8"
            else:
                text, kind = refusal.words + "\n", "text/plain"
            self.say(refusal.status, kind, text.encode())

    def api(self, body: bytes, known: Any) -> None:
        app = known.get("app")
        parts = self.path.split("/")
        # /api/v3/app/installations/N/access_tokens
        if app is None or len(parts) != 7 or parts[3:5] != ["app", "installations"] or parts[6] != "access_tokens":
            raise Refusal(404, "Not Found")
        if self.command != "POST" or self.headers["Accept"] != "application/vnd.github+json":
            raise Refusal(415, "Unsupported 'Accept' header")
        scheme, _, token = self.headers["Authorization"].partition(" ")
        if scheme != "Bearer":
            raise Refusal(401, "A JSON web token could not be decoded")
        check_jwt(token, app, time.time() + known.get("clock", 0))
        answer = issue(app, parts[5], json.loads(body))
        self.say(201, "application/json; charset=utf-8", json.dumps(answer).encode(), wish=json.loads(body))

    def requests(self, body: bytes, known: Any) -> None:
        gitlab = self.path.startswith("/api/v4/")
        scheme, _, token = self.headers["Authorization"].partition(" ")
        if scheme != "Bearer" or (token not in known.get("tokens", {}) and not ISSUED.get(token, {}).get("requests")):
            raise Refusal(401, "401 Unauthorized" if gitlab else "Bad credentials")
        # https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
        if not gitlab and (
            self.headers["Accept"] != "application/vnd.github+json" or not self.headers["User-Agent"]
            or self.headers["X-GitHub-Api-Version"] != "2022-11-28"
        ):
            raise Refusal(415, "Unsupported headers")
        answer = known.get("api")
        if answer == "hang":
            self.log(0)
            threading.Event().wait(100)
            return
        if answer == "no requests":
            raise Refusal(403, "insufficient_scope" if gitlab else "Resource not accessible by personal access token")
        if answer is not None:
            return self.say(answer[0], "application/json", json.dumps(answer[1]).encode())
        with LOCK:
            found = requests(self.command, self.path, json.loads(body) if body else None, known)
            (STATE / "requests.json").write_text(json.dumps(REQUESTS))
        shown = [said(one, self.server.server_port) for one in found]
        is_list = self.command == "GET"
        self.say(
            201 if self.command == "POST" else 200, "application/json; charset=utf-8",
            json.dumps(shown if is_list else shown[0]).encode())

    def git(self, body: bytes, known: Any) -> None:
        if "answer" in known:
            status, kind, text = known["answer"]
            return self.say(status, kind, text.encode())
        if "redirect" in known:
            elsewhere = (STATE / "elsewhere").read_text()
            place = f"https://localhost:{elsewhere}" if known["redirect"] == "elsewhere" else "/moved"
            self.send_response(301)
            self.send_header("Location", place + self.path)
            self.send_header("Content-Length", "0")
            self.log(301)
            return self.end_headers()
        path, _, query = self.path.partition("?")
        repository = path.partition(".git/")[0].rsplit("/", 1)[1]
        scheme, _, given = (self.headers["Authorization"] or "").partition(" ")
        if scheme != "Basic":
            raise Refusal(401, "Authentication required")
        user, _, token = base64.b64decode(given).decode().partition(":")
        if known.get("user", user) != user:
            raise Refusal(401, f"No such user: {user}")
        may = rights(token, repository, known)
        writes = "git-receive-pack" in self.path
        if may == "nothing":
            raise Refusal(404, "Repository not found.")
        if writes and may != "write":
            raise Refusal(403, "Write access to repository not granted.")
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(FOLDER), "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1", "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers["Content-Type"] or "", "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
            # The folder may belong to another user than the one that git runs as.
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        }
        answer = subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=True)
        head, _, rest = answer.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        if self.command == "POST" and known.get("drop") == path.split("/")[-1]:
            self.log(0)
            self.close_connection = True
            return
        self.say(int(fields.get("Status", "200")[:3]), fields.get("Content-Type", "text/plain"), rest)

    def say(self, status: int, kind: str, body: bytes, **more: Any) -> None:
        self.log(status, **more)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.end_headers()
        self.wfile.write(body)

    def log(self, status: int, **more: Any) -> None:
        scheme, _, rest = (self.headers["Authorization"] or "").partition(" ")
        user = base64.b64decode(rest).decode().partition(":")[0] if scheme == "Basic" else None
        line = {
            "elsewhere": self.server.is_elsewhere, "method": self.command, "path": self.path, "status": status,
            "scheme": scheme, "user": user, "credential": hashlib.sha256(rest.encode()).hexdigest()[:12] if rest else "",
            **more,
        }
        with LOCK, open(STATE / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, is_elsewhere: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.is_elsewhere = is_elsewhere
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_: object) -> None:
        pass  # a client that does not trust the certificate, or hangs up


def certificates() -> ssl.SSLContext:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=STATE, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority of a test")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (STATE / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "server.ext", "-out", "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(STATE / "server.pem", STATE / "server.key")
    return context


def main() -> None:
    global FOLDER, STATE
    FOLDER, STATE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    STATE.mkdir(exist_ok=True)
    context = certificates()
    elsewhere = Server(context, is_elsewhere=True)
    (STATE / "elsewhere").write_text(str(elsewhere.server_port))
    print(Server(context, is_elsewhere=False).server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
