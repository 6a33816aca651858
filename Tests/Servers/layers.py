"""Lambda's operations on layers, with AWS's limits and answers.

moto's own layers differ from AWS where it matters here: a duplicate permission is accepted, the list has no pages,
nothing is limited, a missing S3 key makes an empty layer, and every layer is kept in memory three times. Only digests
and sizes are kept here.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
import re
import threading
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

UNZIPPED_LIMIT = 262_144_000
DIRECT_LIMIT = 52_428_800
STORAGE_LIMIT = 80_530_636_800
RUNTIMES = {f"python3.{minor}" for minor in range(8, 16)}
ARCHITECTURES = {"x86_64", "arm64"}
PRINCIPAL = re.compile(r"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root")
LAYER_PATH = re.compile(r"/2018-10-31/layers/([^/]+)/versions(?:/(\d+)(?:/policy(?:/([^/]+))?)?)?$")


class Fault(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Version:
    """One version of a layer."""

    def __init__(self, number: int, arn: str, request: dict[str, Any], digest: Any, size: int) -> None:
        self.number, self.arn, self.digest, self.size = number, arn, digest, size
        self.description = request.get("Description", "")
        self.license = request.get("LicenseInfo")
        self.runtimes = request.get("CompatibleRuntimes", [])
        self.architectures = request.get("CompatibleArchitectures", [])
        self.statements: dict[Any, Any] = {}
        self.location = ""

    def summary(self) -> dict[str, Any]:
        return {
            "LayerVersionArn": self.arn,
            "Version": self.number,
            "Description": self.description,
            "CreatedDate": "2026-11-23T19:30:00.000+0000",
            "CompatibleRuntimes": self.runtimes,
            "CompatibleArchitectures": self.architectures,
            "LicenseInfo": self.license,
        }

    def details(self) -> Any:
        content = {"Location": self.location, "CodeSha256": self.digest, "CodeSize": self.size}
        return self.summary() | {"LayerArn": self.arn.rsplit(":", 1)[0], "Content": content}


class Layer:
    def __init__(self) -> None:
        self.versions: dict[Any, Any] = {}
        self.last_number = 0


class Layers:
    """The layers of all accounts and regions."""

    def __init__(self, read_object: Callable[..., Any]) -> None:
        """`read_object(account, bucket, key, version)` gives an S3 object's bytes, or None."""
        self.read_object = read_object
        self.lock = threading.Lock()
        self.layers: dict[Any, Any] = {}
        self.unsupported: dict[Any, Any] = {}
        # The ARN of every version that somebody was ever given a right to.
        self.granted: list[str] = []
        # Where the front serves what layers hold, by its digest.
        self.address = ""
        self.contents: dict[Any, Any] = {}

    def refuse(self, region: str, runtime: str) -> None:
        """Makes a region refuse a runtime or an architecture, as regions do that do not offer it yet."""
        self.unsupported.setdefault(region, set()).add(runtime)

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes, account: str, region: str) -> tuple[Any, Any]:
        """Status and JSON for a request."""
        if path == "/2016-08-19/account-settings" and method == "GET":
            return 200, self.settings(account, region)
        if path == "/2018-10-31/layers" and query.get("find") == "LayerVersion":
            return 200, self.by_arn(query.get("Arn", ""), account, region)
        match = LAYER_PATH.match(path)
        if not match:
            raise Fault(404, "UnknownOperationException", f"{method} {path}")
        name, number, statement = match.groups()
        if not re.fullmatch(r"[a-zA-Z0-9-_]{1,140}", name):
            raise invalid(f"Value '{name}' at 'layerName' failed to satisfy constraint")
        place = (account, region, name)
        if number is None:
            if method == "POST":
                return 201, self.publish(place, json.loads(body))
            return 200, self.list(place, query)
        number = int(number)
        if path.endswith(f"/{number}"):
            if method == "DELETE":
                self.delete(place, number)
                return 204, None
            return 200, self.get(place, number).details()
        if statement is not None:
            self.remove_statement(place, number, statement)
            return 204, None
        if method == "POST":
            return 201, self.add_statement(place, number, json.loads(body))
        return 200, self.policy(place, number)

    def publish(self, place: tuple[str, str, str], request: dict[str, Any]) -> Any:
        account, region, name = place
        self.check(request, region)
        bytes_ = self.content(request["Content"], account)
        digest = base64.b64encode(hashlib.sha256(bytes_).digest()).decode()
        with self.lock:
            layer = self.layers.setdefault(place, Layer())
            layer.last_number += 1
            arn = f"arn:{partition(region)}:lambda:{region}:{account}:layer:{name}:{layer.last_number}"
            version = Version(layer.last_number, arn, request, digest, len(bytes_))
            name = hashlib.sha256(bytes_).hexdigest()
            self.contents[name] = bytes_
            version.location = f"{self.address}/front/content/{name}"
            layer.versions[version.number] = version
            return version.details()

    def repeat(self, account: str, region: str, name: str) -> None:
        """Publishes a layer's newest version once more, as a call does that was sent twice and arrives late."""
        with self.lock:
            layer = self.layers[(account, region, name)]
            newest = copy.copy(layer.versions[max(layer.versions)])
            layer.last_number += 1
            newest.number, newest.statements = layer.last_number, {}
            newest.arn = f"{newest.arn.rsplit(':', 1)[0]}:{newest.number}"
            layer.versions[newest.number] = newest

    def check(self, request: dict[str, Any], region: str) -> None:
        if len(request.get("Description", "")) > 256:
            raise invalid("Value at 'description' failed to satisfy constraint: length less than or equal to 256")
        if len(request.get("LicenseInfo") or "") > 512:
            raise invalid("Value at 'licenseInfo' failed to satisfy constraint: length less than or equal to 512")
        refused = self.unsupported.get(region, set())
        for field, offered in (("CompatibleRuntimes", RUNTIMES), ("CompatibleArchitectures", ARCHITECTURES)):
            values = request.get(field, [])
            if not set(values) <= offered - refused:
                member = field[0].lower() + field[1:]
                raise invalid(f"Value '{values}' at '{member}' failed to satisfy constraint: enum value set")

    def content(self, content: dict[str, Any], account: str) -> Any:
        if "ZipFile" in content:
            bytes_ = base64.b64decode(content["ZipFile"], validate=True)
            if len(bytes_) > DIRECT_LIMIT:
                raise Fault(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes")
        else:
            bytes_ = self.read_object(
                account, content.get("S3Bucket"), content.get("S3Key"), content.get("S3ObjectVersion")
            )
            if bytes_ is None:
                raise invalid("Error occurred while GetObject. S3 Error Code: NoSuchKey.")
        try:
            entries = zipfile.ZipFile(io.BytesIO(bytes_)).infolist()
        except zipfile.BadZipFile as error:
            raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from error
        if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT:
            raise invalid(f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")
        return bytes_

    def get(self, place: tuple[str, str, str], number: int) -> Any:
        version = self.layers.get(place, Layer()).versions.get(number)
        if version is None:
            raise missing("The resource you requested does not exist.")
        return version

    def by_arn(self, arn: str, caller: Any, region: str) -> Any:
        parts = arn.split(":")
        if len(parts) != 8 or not parts[7].isdigit():
            raise invalid("Value at 'arn' failed to satisfy constraint")
        if parts[3] != region:
            raise invalid("The ARN is of another region")
        version = self.layers.get((parts[4], region, parts[6]), Layer()).versions.get(int(parts[7]))
        granted = version is not None and any(s["Principal"] == "*" for s in version.statements.values())
        if parts[4] != caller and not granted:
            # As Lambda answers: others do not learn whether it exists.
            raise Fault(403, "AccessDeniedException", f"not authorized to perform: lambda:GetLayerVersion on {arn}")
        return self.get((parts[4], region, parts[6]), int(parts[7])).details()

    def list(self, place: tuple[str, str, str], query: dict[str, str]) -> Any:
        size = min(int(query.get("MaxItems", 50)), 50)
        start = int(query.get("Marker", 0))
        with self.lock:
            versions = sorted(self.layers.get(place, Layer()).versions.values(), key=lambda v: -v.number)
        page: dict[str, Any] = {"LayerVersions": [version.summary() for version in versions[start : start + size]]}
        if start + size < len(versions):
            page["NextMarker"] = str(start + size)
        return page

    def delete(self, place: tuple[str, str, str], number: int) -> None:
        with self.lock:
            self.layers.get(place, Layer()).versions.pop(number, None)

    def add_statement(self, place: tuple[str, str, str], number: int, request: dict[str, Any]) -> dict[str, Any]:
        if not re.fullmatch(r"[a-zA-Z0-9-_]{1,100}", request.get("StatementId", "")):
            raise invalid("Value at 'statementId' failed to satisfy constraint")
        if not PRINCIPAL.fullmatch(request.get("Principal", "")):
            raise invalid("Value at 'principal' failed to satisfy constraint")
        if request.get("Action") != "lambda:GetLayerVersion":
            raise invalid("Value at 'action' failed to satisfy constraint")
        organization = request.get("OrganizationId")
        if organization is not None and request["Principal"] != "*":
            raise invalid("OrganizationId needs the principal *")
        with self.lock:
            version = self.get(place, number)
            sid = request["StatementId"]
            if sid in version.statements:
                raise Fault(409, "ResourceConflictException", f"The statement id ({sid}) provided already exists.")
            principal = request["Principal"]
            if principal.isdigit():
                principal = {"AWS": f"arn:{partition(place[1])}:iam::{principal}:root"}
            statement = {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": principal,
                "Action": "lambda:GetLayerVersion",
                "Resource": version.arn,
            }
            if organization is not None:
                statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
            version.statements[sid] = statement
            self.granted.append(version.arn)
        return {"Statement": json.dumps(statement), "RevisionId": str(uuid.uuid4())}

    def remove_statement(self, place: tuple[str, str, str], number: int, statement: str) -> None:
        with self.lock:
            if self.get(place, number).statements.pop(statement, None) is None:
                raise missing(f"Statement {statement} is not found in resource policy.")

    def policy(self, place: tuple[str, str, str], number: int) -> dict[str, Any]:
        statements = list(self.get(place, number).statements.values())
        if not statements:
            raise missing("No policy is associated with the given resource.")
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return {"Policy": json.dumps(policy), "RevisionId": str(uuid.uuid4())}

    def settings(self, account: str, region: str) -> dict[str, Any]:
        with self.lock:
            used = sum(
                version.size
                for (owner, place, _), layer in self.layers.items()
                if (owner, place) == (account, region)
                for version in layer.versions.values()
            )
        return {
            "AccountLimit": {"TotalCodeSize": STORAGE_LIMIT, "CodeSizeUnzipped": UNZIPPED_LIMIT},
            "AccountUsage": {"TotalCodeSize": used, "FunctionCount": 0},
        }


def invalid(message: str) -> Fault:
    return Fault(400, "InvalidParameterValueException", f"1 validation error detected: {message}")


def missing(message: str) -> Fault:
    return Fault(404, "ResourceNotFoundException", message)


def partition(region: str) -> Any:
    for prefix, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")):
        if region.startswith(prefix):
            return name
    return "aws"
