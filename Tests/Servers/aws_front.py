"""AWS on loopback: moto behind a front that checks signatures as AWS does and adds what moto lacks.

    python aws_front.py [--port 0] [--clock-ahead SECONDS] [--tls CERTIFICATE KEY]

Prints its port and ends when its standard input does. What a test asks of the front itself goes to `/front/…`,
unsigned, as JSON: `accounts` makes an account with a key, `keys` adds or changes a key, `buckets` makes a bucket,
`topics` makes an SNS topic, `messages` tells what came to it, `refuse` takes a runtime away from a region, `tables` makes
DynamoDB fail, `calls` tells what it was asked, `requests` tells how many requests came, by service and path.
`probes` is as `probes.py` says. `permit` keeps a key to statements of a policy, `secrets` makes a secret that the test does not know. `sign-on` begins a
session as `sign_on.py` says, `renewals` tells how often tokens were renewed.
With `--fleet`, CloudFormation and Step Functions work and functions can be invoked, as `fleet.py` says.
"""

from __future__ import annotations

import argparse
import base64
import collections
import io
import json
import os
import re
import ssl
import sys
import threading
import time
import traceback
import urllib.parse
import uuid
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from fleet import INVOCATION, Fleet
from layers import Fault, Layers, partition
from policies import Roles
from probes import Probes
from sign_on import SignOn
from signatures import Refused, Signed, scope, verify
from tables import Tables
from werkzeug.serving import WSGIRequestHandler, make_server

DISABLED_REGIONS = {"ap-southeast-7"}
REGIONS = """af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-7
    ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2""".split()
IMDS_TOKEN = "imds-token"
CONTAINER_TOKEN = "container-token"


class Key:
    """An access key and whose it is."""

    def __init__(self, secret: str, account: str, token: str | None = None, expires: Any = None) -> None:
        self.secret, self.account, self.token, self.expires = secret, account, token, expires


class Front:
    """The WSGI application."""

    def __init__(self, backend: Any, clock_ahead: float) -> None:
        self.backend = backend
        self.clock_ahead = clock_ahead
        self.keys: dict[str, Any] = {}
        self.layers = Layers(read_object)
        self.probes = Probes(self.layers)
        self.fleet: Any = None
        self.roles = Roles()
        self.counts: collections.Counter[Any] = collections.Counter()
        self.lock = threading.Lock()
        self.tables = Tables()
        self.sign_on = SignOn(self.mint)
        # moto's buckets are not atomic under threads, as AWS's are.
        self.buckets = threading.Lock()

    def now(self) -> Any:
        return time.time() + self.clock_ahead

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        path = urllib.parse.urlsplit(environ.get("RAW_URI") or environ["REQUEST_URI"]).path
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if path.startswith("/front/content/"):
            return self.content(path[len("/front/content/") :], start_response)
        if path.startswith("/front/"):
            try:
                return self.reply(start_response, 200, self.control(path[len("/front/") :], json.loads(body or b"{}")))
            except Exception:
                return self.text(start_response, 500, traceback.format_exc())
        if path.startswith(("/latest/", "/container/")):
            return self.metadata(environ, path, start_response)
        signed_on = self.sign_on.answer(environ, path, body)
        if signed_on:
            return self.reply(start_response, *signed_on)
        try:
            if b"Action=AssumeRoleWithWebIdentity" in body and scope(environ) is None:
                return self.assume(environ, body, start_response)
            signed = verify(environ, body, self.keys, self.now())
        except Refused as refusal:
            return self.refuse(environ, refusal, start_response)
        with self.lock:
            self.counts[f"{signed.service} {environ['REQUEST_METHOD']} {path}"] += 1
            if trace := environ.get("HTTP_X_AMZN_TRACE_ID"):
                self.counts[f"traced {trace}"] += 1
        denied = self.denied(environ, signed, path, body)
        if denied:
            return self.refuse(environ, Refused("AccessDeniedException", denied), start_response)
        if signed.service == "lambda":
            return self.layer(environ, signed, path, body, start_response)
        if signed.service == "account":
            return self.regions(start_response)
        if signed.service == "s3" and environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER") not in (None, signed.key.account):
            return self.refuse(environ, Refused("AccessDenied", "Access Denied"), start_response)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = signed.key.account
        if signed.service == "sts":
            return self.assume(environ, body, start_response)
        if signed.service == "dynamodb":
            return self.table(environ, signed, body, start_response)
        if signed.service == "cloudfront" and signed.region != "us-east-1":
            return self.refuse(environ, Refused("SignatureDoesNotMatch", "CloudFront is signed for us-east-1"), start_response)
        if signed.service == "s3":
            with self.buckets:
                return list(self.forward(environ, start_response))
        return self.forward(environ, start_response)

    def denied(self, environ: WSGIEnvironment, signed: Signed, path: str, body: bytes) -> str | None:
        """Why a request's key may not do it; None if it may."""
        claimed = scope(environ)
        assert claimed, "nobody is let through who did not sign"
        key_id = claimed[0]
        return self.roles.refusal(key_id, environ, signed.service, signed.region, signed.key.account, path, body)

    # What the front answers itself.

    def layer(self, environ: WSGIEnvironment, signed: Signed, path: str, body: bytes, start_response: StartResponse) -> Any:
        invoked = self.fleet and INVOCATION.match(urllib.parse.unquote(path))
        if invoked and not invoked.group(1).startswith("strata-probe-"):
            status, headers, answer = self.fleet.functions.invoke(invoked.group(1), body or b"{}")
            fields = [("Content-Type", "application/json"), ("Content-Length", str(len(answer))), *headers]
            start_response(f"{status} -", [*fields, *self.common()])
            return [answer]
        query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        try:
            called = self.probes.answer(
                environ["REQUEST_METHOD"], urllib.parse.unquote(path), body, signed.key.account, signed.region
            )
            if called:
                status, headers, answer = called
                fields = [("Content-Type", "application/json"), ("Content-Length", str(len(answer))), *headers]
                start_response(f"{status} -", [*fields, *self.common()])
                return [answer]
            status, answer = self.layers.answer(
                environ["REQUEST_METHOD"], urllib.parse.unquote(path), query, body, signed.key.account, signed.region
            )
        except Fault as fault:
            answer = {"Type": "User", "Message": fault.message}
            return self.reply(start_response, fault.status, answer, [("x-amzn-ErrorType", f"{fault.code}:")])
        return self.reply(start_response, status, answer)

    def content(self, digest: Any, start_response: StartResponse) -> list[Any]:
        """A layer's zip, as the address in GetLayerVersion serves it: without a signature."""
        found = self.layers.contents.get(digest)
        start_response("200 -" if found else "404 -", [("Content-Length", str(len(found or b"")))])
        return [found or b""]

    def table(self, environ: WSGIEnvironment, signed: Signed, body: bytes, start_response: StartResponse) -> Any:
        def forward(request: dict[str, Any]) -> tuple[Any, Any]:
            sent = dict(environ, **{"wsgi.input": io.BytesIO(json.dumps(request).encode())})
            sent["CONTENT_LENGTH"] = str(len(sent["wsgi.input"].getvalue()))
            status = []

            def begin(line: str, *_: Any) -> Any:
                status.append(int(line.split()[0]))

            answer = b"".join(self.forward(sent, begin))
            return status[0], json.loads(answer)

        try:
            return self.reply(start_response, *self.tables.answer(environ, signed, body, forward))
        except Exception:
            # werkzeug says nothing of it.
            traceback.print_exc()
            raise

    def regions(self, start_response: StartResponse) -> Any:
        regions = [region for region in REGIONS if region not in DISABLED_REGIONS]
        listed = [{"RegionName": region, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for region in regions]
        return self.reply(start_response, 200, {"Regions": listed})

    def metadata(self, environ: WSGIEnvironment, path: str, start_response: StartResponse) -> Any:
        """An instance's metadata service, version 2, and a container's credentials."""
        if path == "/latest/api/token":
            if environ["REQUEST_METHOD"] != "PUT" or not environ.get("HTTP_X_AWS_EC2_METADATA_TOKEN_TTL_SECONDS"):
                return self.text(start_response, 400, "")
            return self.text(start_response, 200, IMDS_TOKEN)
        if path.startswith("/container/"):
            if environ.get("HTTP_AUTHORIZATION") != CONTAINER_TOKEN:
                return self.text(start_response, 401, "")
        elif environ.get("HTTP_X_AWS_EC2_METADATA_TOKEN") != IMDS_TOKEN:
            return self.text(start_response, 401, "")
        if path == "/latest/meta-data/iam/security-credentials/":
            return self.text(start_response, 200, "the-role")
        key_id, key = self.mint(path.rsplit("/", 1)[1] if path.startswith("/container/") else "444455556666", 3600)
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(key.expires))
        return self.reply(
            start_response,
            200,
            {"AccessKeyId": key_id, "SecretAccessKey": key.secret, "Token": key.token, "Expiration": expires},
        )

    def mint(self, account: str, seconds: float) -> tuple[Any, Any]:
        key_id = f"ASIA{uuid.uuid4().hex[:16].upper()}"
        key = Key(uuid.uuid4().hex, account, f"token/{uuid.uuid4().hex}==", self.now() + seconds)
        with self.lock:
            self.keys[key_id] = key
        return key_id, key

    # What moto answers.

    def assume(self, environ: WSGIEnvironment, body: bytes, start_response: StartResponse) -> Any:
        """STS: the keys that it gives out are good from then on, in the account of the role."""
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if form.get("WebIdentityToken") == "bad":
            return self.refuse(environ, Refused("InvalidIdentityToken", "No OpenIDConnect provider found", 400), start_response)
        if form.get("RoleArn", "").endswith("/closed") and form.get("ExternalId") != "sesame":
            refusal = Refused("AccessDenied", f"not authorized to perform: sts:AssumeRole on {form['RoleArn']}")
            return self.refuse(environ, refusal, start_response)
        answer = b"".join(self.forward(environ, start_response))
        found = {
            name: match.group(1)
            for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
            if (match := re.search(f"<{name}>([^<]*)</{name}>", answer.decode()))
        }
        if len(found) == 4:
            account = form["RoleArn"].split(":")[4]
            key = Key(found["SecretAccessKey"], account, found["SessionToken"], self.now() + 3600)
            with self.lock:
                self.keys[found["AccessKeyId"]] = key
        return [answer]

    def forward(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return self.backend(environ, start_response)

    # What a test asks of the front.

    def control(self, what: str, request: dict[str, Any]) -> Any:
        if what == "accounts":
            account = "".join(str(uuid.uuid4().int)[:12])
            key_id = f"AKIA{uuid.uuid4().hex[:16].upper()}"
            with self.lock:
                self.keys[key_id] = Key(uuid.uuid4().hex + "/+", account)
            return {"account": account, "key": key_id, "secret": self.keys[key_id].secret}
        if what == "keys":
            expires = self.now() + request["seconds"] if "seconds" in request else None
            with self.lock:
                self.keys[request["key"]] = Key(request["secret"], request["account"], request.get("token"), expires)
        elif what == "buckets":
            make_bucket(request["account"], request["bucket"], request["region"], request.get("versioned", True))
        elif what == "served":
            return served(request["account"], request["bucket"])
        elif what == "distributions":
            return {"id": make_distribution(request["account"], request["bucket"])}
        elif what == "invalidations":
            return {"paths": invalidations(request["account"], request["distribution"])}
        elif what == "secrets":
            return make_secret(request["account"], request["region"], request["name"], request.get("member"))
        elif what == "sign-on":
            return self.sign_on.begin(request)
        elif what == "renewals":
            return {"count": str(self.sign_on.renewals)}
        elif what == "permit":
            self.roles.permit(request["key"], request["statements"])
        elif what == "refuse":
            self.layers.refuse(request["region"], request["value"])
        elif what == "repeat":
            self.layers.repeat(request["account"], request["region"], request["layer"])
        elif what == "probes":
            return self.probes.control(request)
        elif what == "topics":
            return {"arn": make_topic(request["account"], request["region"], request["name"])}
        elif what == "tables":
            return self.tables.set(request)
        elif what == "foreign-table":
            make_foreign_table(request["account"], request["region"], request["table"])
        elif what == "calls":
            return self.tables.counted(request["account"])
        elif what == "messages":
            return {"messages": messages(request["account"], request["arn"])}
        elif what == "requests":
            with self.lock:
                return dict(self.counts)
        else:
            return self.fleet.control(what, request)
        return {}

    # Answers.

    def common(self) -> list[Any]:
        return [("x-amzn-RequestId", str(uuid.uuid4()))]

    def reply(self, start_response: StartResponse, status: int, answer: Any, headers: Iterable[tuple[str, str]] = ()) -> list[Any]:
        body = b"" if answer is None else json.dumps(answer).encode()
        fields = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers, *self.common()]
        start_response(f"{status} -", fields)
        return [body]

    def text(self, start_response: StartResponse, status: int, text: str) -> list[Any]:
        start_response(f"{status} -", [("Content-Length", str(len(text)))])
        return [text.encode()]

    def refuse(self, environ: WSGIEnvironment, refusal: Any, start_response: StartResponse) -> Any:
        """In the format of the service."""
        claimed = None
        try:
            claimed = scope(environ)
        except Refused:
            pass
        service = claimed[3] if claimed else "sts"
        message = refusal.message.replace("&", "&amp;").replace("<", "&lt;")
        error = f"<Error><Code>{refusal.code}</Code><Message>{message}</Message></Error>"
        if service == "s3":
            body = error
        elif service in ("sts", "sns", "cloudfront"):
            body = f"<ErrorResponse>{error}<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        else:
            answer = {"__type": refusal.code, "message": refusal.message}
            return self.reply(start_response, refusal.status, answer, [("x-amzn-ErrorType", refusal.code)])
        start_response(f"{refusal.status} -", [("Content-Length", str(len(body.encode()))), *self.common()])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body.encode()]


def read_object(account: str, bucket: Any, key: str, version: str | None) -> Any:
    from moto.s3.models import s3_backends

    try:
        found = s3_backends[account]["aws"].get_object(bucket, key, version_id=version)
        return found.value if found is not None else None
    except Exception:  # moto raises a different class for each thing that is missing
        return None


def make_bucket(account: str, bucket: Any, region: str, versioned: bool) -> None:
    from moto.s3.models import s3_backends

    backend = s3_backends[account][partition(region)]
    if bucket in backend.buckets:
        return
    backend.create_bucket(bucket, region)
    if versioned:
        backend.put_bucket_versioning(bucket, "Enabled")


def served(account: str, bucket: str) -> dict[str, Any]:
    """A bucket's objects, with the headers that readers get."""
    from moto.s3.models import s3_backends

    found = s3_backends[account]["aws"].buckets[bucket].keys
    return {
        name: {
            "type": key.metadata.get("Content-Type", ""),
            "encoding": key.metadata.get("Content-Encoding", ""),
            "cache": key.metadata.get("Cache-Control", ""),
            "bytes": base64.b64encode(key.value).decode(),
        }
        for name, key in found.items()
    }


def make_distribution(account: str, bucket: str) -> str:
    from moto.cloudfront.models import cloudfront_backends

    origin = {
        "Id": "site", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""},
    }  # fmt: skip
    config = {
        "CallerReference": uuid.uuid4().hex, "Origins": {"Items": [origin]}, "Enabled": True, "Comment": "",
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "https-only"},
    }  # fmt: skip
    distribution, *_ = cloudfront_backends[account]["aws"].create_distribution(distribution_config=config, tags=[])
    return str(distribution.distribution_id)


def invalidations(account: str, distribution: str) -> list[list[str]]:
    """The paths of each invalidation, the first one first."""
    from moto.cloudfront.models import cloudfront_backends

    return [list(one.paths) for one in cloudfront_backends[account]["aws"].invalidations.get(distribution, [])]


def make_secret(account: str, region: str, name: str, member: str | None) -> dict[str, str]:
    """A secret and a parameter with a random text in them, of which the answer tells every byte with its bits turned
    round: whoever asks must not hold it."""
    from moto.secretsmanager.models import secretsmanager_backends
    from moto.ssm.models import ssm_backends

    text = uuid.uuid4().hex + uuid.uuid4().hex
    value = json.dumps({"other": 1, member: text}) if member else text
    secretsmanager_backends[account][region].create_secret(
        name=name, secret_string=value, secret_binary=None, description=None, tags=[], kms_key_id=None,
        client_request_token=None, replica_regions=[], force_overwrite=False,
    )  # fmt: skip
    ssm_backends[account][region].put_parameter(
        name=f"/{name}", description="", value=value, parameter_type="SecureString", allowed_pattern=None,
        keyid="alias/aws/ssm", overwrite=False, tags=[], data_type="text", tier=None, policies=None,
    )  # fmt: skip
    return {"turned": bytes(byte ^ 0xFF for byte in text.encode()).hex()}


def make_foreign_table(account: str, region: str, name: str) -> None:
    """A table with other keys than a ledger's."""
    from moto.dynamodb.models import dynamodb_backends

    dynamodb_backends[account][region].create_table(
        name,
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=None,
        warm_throughput=None,
    )


def make_topic(account: str, region: str, name: str) -> Any:
    from moto.sns.models import sns_backends

    return sns_backends[account][region].create_topic(name).arn


def messages(account: str, arn: str) -> list[Any]:
    from moto.sns.models import sns_backends

    topic = sns_backends[account][arn.split(":")[3]].get_topic(arn)
    return [f"{subject}: {message}" for _, message, subject, *_ in topic.sent_notifications]


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    clock_ahead = 0

    def log_request(self, *_: Any) -> None:
        pass

    def make_environ(self) -> WSGIEnvironment:
        """With the one header of AWS's that has an underscore in its name, which is left out otherwise."""
        environ = super().make_environ()
        token = self.headers.get("x-amz-sso_bearer_token")
        return environ if token is None else {**environ, "HTTP_X_AMZ_SSO_BEARER_TOKEN": token}

    def log(self, *_: Any) -> None:
        """A client that hangs up is part of the tests."""

    def date_time_string(self, timestamp: Any = None) -> Any:
        """The front's clock, which may be another than this machine's."""
        return super().date_time_string(time.time() + self.clock_ahead if timestamp is None else timestamp)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--clock-ahead", type=int, default=0)
    arguments.add_argument("--tls", nargs=2)
    arguments.add_argument("--fleet", action="store_true")
    options = arguments.parse_args()
    os.environ.setdefault("MOTO_S3_CUSTOM_ENDPOINTS", "")
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
    Handler.clock_ahead = options.clock_ahead
    front = Front(DomainDispatcherApplication(create_backend_app), options.clock_ahead)
    server = make_server(
        "127.0.0.1", options.port, front, threaded=True, request_handler=Handler, ssl_context=context
    )
    server.daemon_threads = True
    front.layers.address = f"{'https' if options.tls else 'http'}://127.0.0.1:{server.port}"
    if options.fleet:
        front.fleet = Fleet(front, server.port)
    print(server.port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    if front.fleet:
        front.fleet.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
