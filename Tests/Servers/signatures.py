"""Checks AWS Signature Version 4 as strictly as AWS does, from the raw request."""

from __future__ import annotations

import datetime
import hashlib
import urllib.parse
from collections.abc import Iterable
from typing import Any
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALLOWED_SKEW = 300


class Refused(Exception):
    """A request that AWS would not accept, with AWS's own code for it."""

    def __init__(self, code: str, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Signed:
    """Who signed a request, for what."""

    def __init__(self, key: Any, region: str, service: str) -> None:
        self.key, self.region, self.service = key, region, service


def scope(environ: WSGIEnvironment) -> tuple[str, str, str, str, list[str], str] | None:
    """Key id, region and service of a request that claims to be signed; None if it does not."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if not header.startswith("AWS4-HMAC-SHA256 "):
        return None
    try:
        fields = dict(part.strip().split("=", 1) for part in header.split(" ", 1)[1].split(","))
        key_id, date, region, service, end = fields["Credential"].split("/")
        if end != "aws4_request":
            raise ValueError(end)
        return key_id, date, region, service, fields["SignedHeaders"].split(";"), fields["Signature"]
    except (KeyError, ValueError) as error:
        raise Refused("IncompleteSignatureException", f"Authorization header is malformed: {error}", 400) from error


def verify(environ: WSGIEnvironment, body: bytes, keys: dict[str, Any], now: float) -> Signed:
    """The `Signed` of a request. `keys` maps key ids to objects with secret, token and expires."""
    claimed = scope(environ)
    if claimed is None:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    key_id, date, region, service, names, signature = claimed
    key = keys.get(key_id)
    if key is None:
        code = "InvalidAccessKeyId" if service == "s3" else "UnrecognizedClientException"
        raise Refused(code, "The security token included in the request is invalid.")
    headers = signed_headers(environ, names)
    check_date(headers, date, service, now)
    if key.expires is not None and key.expires <= now:
        code = "ExpiredToken" if service in ("s3", "sts") else "ExpiredTokenException"
        raise Refused(code, "The security token included in the request is expired")
    if key.token != headers.get("x-amz-security-token"):
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    check_payload(environ, body, headers, service)
    raw = environ.get("RAW_URI") or environ["REQUEST_URI"]
    check_query(raw)
    request = AWSRequest(
        method=environ["REQUEST_METHOD"], url=f"http://{environ['HTTP_HOST']}{raw}", data=body, headers=headers
    )
    request.context["timestamp"] = headers["x-amz-date"]
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key_id, key.secret), service, region)
    canonical = signer.canonical_request(request)
    if signer.signature(signer.string_to_sign(request, canonical), request) != signature:
        raise Refused("SignatureDoesNotMatch", f"The Canonical String should have been {canonical!r}")
    return Signed(key, region, service)


def signed_headers(environ: WSGIEnvironment, names: Iterable[str]) -> Any:
    """The headers that were signed, and no others. All of AWS's own that are present must be among them."""
    if names != sorted(names):
        raise Refused("SignatureDoesNotMatch", "SignedHeaders are not sorted")
    headers = {}
    for name in names:
        variable = name.upper().replace("-", "_")
        value = environ.get(variable if name in ("content-type", "content-length") else f"HTTP_{variable}")
        if value is None:
            raise Refused("SignatureDoesNotMatch", f"the signed header {name} is missing")
        headers[name] = value
    present = {name[5:].lower().replace("_", "-") for name in environ if name.startswith("HTTP_X_AMZ_")}
    unsigned = ({"host", "x-amz-date"} | present) - set(names)
    if unsigned:
        raise Refused("SignatureDoesNotMatch", f"not signed: {', '.join(sorted(unsigned))}")
    return headers


def check_date(headers: dict[str, str], day: str, service: str, now: float) -> None:
    try:
        date = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError as error:
        raise Refused("IncompleteSignatureException", "the date is malformed", 400) from error
    if not headers["x-amz-date"].startswith(day):
        raise Refused("SignatureDoesNotMatch", "the date and the scope's day differ")
    skew = date.timestamp() - now
    if abs(skew) <= ALLOWED_SKEW:
        return
    if service == "s3":
        raise Refused("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
    word = "Signature not yet current" if skew > 0 else "Signature expired"
    raise Refused("InvalidSignatureException", f"{word}: {headers['x-amz-date']}")


def check_payload(environ: WSGIEnvironment, body: bytes, headers: dict[str, str], service: str) -> None:
    claimed = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if service == "s3" and claimed is None:
        raise Refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
    if claimed is not None and claimed != hashlib.sha256(body).hexdigest():
        raise Refused("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match", 400)


def check_query(raw: str) -> None:
    """botocore does not encode a query again, so its form is checked here."""
    query = urllib.parse.urlsplit(raw).query
    if not query:
        return
    pairs = [part.partition("=") for part in query.split("&")]
    for name, _, value in pairs:
        for text in (name, value):
            if urllib.parse.quote(urllib.parse.unquote(text), safe="-_.~") != text:
                raise Refused("SignatureDoesNotMatch", f"the query's {text!r} is not encoded canonically")
    if pairs != sorted(pairs, key=lambda pair: (pair[0], pair[2])):
        raise Refused("SignatureDoesNotMatch", "the query is not sorted")
