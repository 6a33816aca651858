"""IAM Identity Center and AWS Sign-In, as far as tokens that a person's sign-in has left are used and renewed.

What they answer is kept to botocore's models of sso, sso-oidc and signin; DPoP is checked as RFC 9449 has it.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIEnvironment

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

CLIENT = "arn:aws:signin:::devtools/same-device"


class SignOn:
    """The sessions that there are."""

    def __init__(self, mint: Callable[[str, float], tuple[Any, Any]]) -> None:
        self.mint = mint
        self.access: dict[str, float] = {}
        self.refresh: dict[str, dict[str, Any]] = {}
        self.proofs: set[str] = set()
        self.renewals = 0

    def begin(self, request: dict[str, Any]) -> dict[str, str]:
        """A session: `kind` is `sso` or `login`; `seconds` is for how long its first token is good."""
        refresh = f"refresh-{uuid.uuid4().hex}"
        if request["kind"] == "sso":
            access, secret = f"access-{uuid.uuid4().hex}", uuid.uuid4().hex
            self.access[access] = time.time() + float(request["seconds"])
            self.refresh[refresh] = {"client": f"client-{uuid.uuid4().hex}", "secret": secret}
            return {"access": access, "refresh": refresh, "client": self.refresh[refresh]["client"], "secret": secret}
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
        self.refresh[refresh] = {"account": request["account"], "key": key.public_key().public_numbers()}
        return {"refresh": refresh, "pem": pem, "client": CLIENT}

    def answer(self, environ: WSGIEnvironment, path: str, body: bytes) -> tuple[int, Any, list[tuple[str, str]]] | None:
        """Status, body and headers; None for what is not asked of these services."""
        if path not in ("/federation/credentials", "/token", "/v1/token"):
            return None
        if "HTTP_AUTHORIZATION" in environ:
            return self.fault(400, "InvalidRequestException", message="this is not to be signed")
        if path == "/federation/credentials":
            return self.role(environ)
        if environ["REQUEST_METHOD"] != "POST" or environ.get("CONTENT_TYPE") != "application/json":
            return self.fault(400, "InvalidRequestException", message="POST JSON")
        return self.token(json.loads(body)) if path == "/token" else self.login(environ, json.loads(body))

    @staticmethod
    def fault(status: int, code: str, **answer: Any) -> tuple[int, Any, list[tuple[str, str]]]:
        return status, answer, [("x-amzn-ErrorType", code)]

    def role(self, environ: WSGIEnvironment) -> Any:
        query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", "")))
        if self.access.get(environ.get("HTTP_X_AMZ_SSO_BEARER_TOKEN", ""), 0) < time.time():
            return self.fault(401, "UnauthorizedException", message="Session token not found or invalid")
        if set(query) != {"role_name", "account_id"} or query["role_name"] != "Publisher":
            return self.fault(403, "ForbiddenException", message="No access")
        key_id, key = self.mint(query["account_id"], 3600)
        credentials = {"accessKeyId": key_id, "secretAccessKey": key.secret, "sessionToken": key.token}
        return 200, {"roleCredentials": {**credentials, "expiration": int(key.expires * 1000)}}, []

    def token(self, body: dict[str, str]) -> Any:
        held = self.refresh.get(body.get("refreshToken", ""), {})
        if set(body) != {"clientId", "clientSecret", "grantType", "refreshToken"} or body["grantType"] != "refresh_token":
            return self.fault(400, "InvalidRequestException", error="invalid_request")
        if (held.get("client"), held.get("secret")) != (body["clientId"], body["clientSecret"]):
            return self.fault(400, "InvalidGrantException", error="invalid_grant", error_description="Invalid refresh token")
        access, refresh = f"access-{uuid.uuid4().hex}", f"refresh-{uuid.uuid4().hex}"
        self.access[access] = time.time() + 3600
        self.refresh[refresh] = self.refresh.pop(body["refreshToken"])
        self.renewals += 1
        return 200, {"accessToken": access, "tokenType": "Bearer", "expiresIn": 3600, "refreshToken": refresh}, []

    def login(self, environ: WSGIEnvironment, body: dict[str, str]) -> Any:
        held = self.refresh.get(body.get("refreshToken", ""))
        if set(body) != {"clientId", "grantType", "refreshToken"} or body["clientId"] != CLIENT:
            return self.fault(400, "ValidationException", error="INVALID_REQUEST", message="")
        if held is None or "key" not in held:
            return self.fault(403, "AccessDeniedException", error="TOKEN_EXPIRED", message="The token has expired")
        url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}/v1/token"
        wrong = self.proof_fault(environ.get("HTTP_DPOP", ""), url, held["key"])
        if wrong:
            return self.fault(400, "ValidationException", error="INVALID_REQUEST", message=wrong)
        key_id, key = self.mint(held["account"], 900)
        refresh = f"refresh-{uuid.uuid4().hex}"
        self.refresh[refresh] = self.refresh.pop(body["refreshToken"])
        self.renewals += 1
        access = {"accessKeyId": key_id, "secretAccessKey": key.secret, "sessionToken": key.token}
        return 200, {"accessToken": access, "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": refresh}, []

    def proof_fault(self, proof: str, url: str, known: ec.EllipticCurvePublicNumbers) -> str | None:
        """What is wrong with a proof of possession."""
        try:
            head_text, claims_text, signature_text = proof.split(".")
            head, claims, signature = json.loads(decode(head_text)), json.loads(decode(claims_text)), decode(signature_text)
            numbers = ec.EllipticCurvePublicNumbers(
                int.from_bytes(decode(head["jwk"]["x"])), int.from_bytes(decode(head["jwk"]["y"])), ec.SECP256R1()
            )
            pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
            numbers.public_key().verify(pair, f"{head_text}.{claims_text}".encode(), ec.ECDSA(hashes.SHA256()))
        except (ValueError, KeyError, InvalidSignature) as error:
            return f"the proof is malformed: {error!r}"
        if (head["typ"], head["alg"], head["jwk"]["kty"], head["jwk"]["crv"]) != ("dpop+jwt", "ES256", "EC", "P-256"):
            return "the proof's head is wrong"
        if set(head["jwk"]) != {"kty", "crv", "x", "y"} or numbers != known:
            return "the proof is by another key"
        if claims["htm"] != "POST" or claims["htu"] != url or abs(claims["iat"] - time.time()) > 300:
            return f"the proof is for something else: {claims}"
        if claims["jti"] in self.proofs:
            return "the proof was used before"
        self.proofs.add(claims["jti"])
        return None


def decode(text: str) -> bytes:
    if "=" in text:
        raise ValueError("padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
