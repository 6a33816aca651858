"""What roles may do, decided as IAM decides it: by the policies of the stack that they belong to.

Only what the fleet's template uses is known: allowed actions on resources, both with wildcards, no conditions. A
statement with anything else raises: a policy that is not understood must not seem kept.
"""

from __future__ import annotations

import collections
import fnmatch
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIEnvironment

LAYER_PATH = re.compile(r"/2018-10-31/layers/([^/]+)/versions(?:/(\d+)(/policy(?:/([^/]+))?)?)?$")
# Nobody needs a permission to ask who they are.
FREE = {"sts:GetCallerIdentity"}


class Roles:
    """Whose key is whose, what they may do and what they have done."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.statements: dict[Any, Any] = {}
        self.used: dict[Any, Any] = collections.defaultdict(set)
        self.refused: collections.Counter[Any] = collections.Counter()

    def add(self, key_id: str, name: str, stack: Any, role: str) -> None:
        """Makes a key one of a stack's role."""
        with self.lock:
            self.statements[key_id] = (name, list(statements(stack, role)))

    def permit(self, key_id: str, statements: list[Any]) -> None:
        """Keeps a key to statements of a policy."""
        with self.lock:
            self.statements[key_id] = (key_id, statements)

    def refusal(self, key_id: str, environ: WSGIEnvironment, service: str, region: str, account: str, path: str, body: bytes) -> str | None:
        """The first action of a request that its key may not do; None if all is well or the key is nobody's role."""
        known = self.statements.get(key_id)
        if known is None:
            return None
        name, allowed = known
        needed = actions(environ, service, region, account, path, body)
        if service == "s3" and environ["REQUEST_METHOD"] in ("GET", "HEAD") and not exists(account, path):
            # Whoever may not list a bucket does not learn that an object is missing.
            needed.append(("s3:ListBucket", needed[0][1].split("/")[0]))
        for action, resource in needed:
            if action in FREE:
                continue
            if not any(matches(statement, action, resource) for statement in allowed):
                with self.lock:
                    self.refused[f"{name} {action} {resource}"] += 1
                return f"{name} is not authorized to perform: {action} on resource: {resource}"
            with self.lock:
                self.used[name].add(action)
        return None

    def report(self) -> dict[str, Any]:
        with self.lock:
            granted = {
                name: sorted({action for statement in allowed for action in listed(statement["Action"])})
                for name, allowed in self.statements.values()
            }
            return {
                "granted": granted,
                "used": {name: sorted(actions) for name, actions in self.used.items()},
                "refused": dict(self.refused),
            }


def statements(stack: Any, role: str) -> Iterator[Any]:
    """A role's statements, resolved. moto attaches no managed policies to the roles of stacks: the template tells."""
    from moto.cloudformation.parsing import clean_json

    resources = stack.template_dict["Resources"]
    properties = resources[role]["Properties"]
    names = [policy.get("Ref") or policy["Fn::If"][1]["Ref"] for policy in properties["ManagedPolicyArns"]]
    # A policy whose condition does not hold is not in the stack.
    attached = [resources[name]["Properties"]["PolicyDocument"] for name in names if name in resources]
    for document in attached + [policy["PolicyDocument"] for policy in properties.get("Policies", ())]:
        for statement in clean_json(document, stack.resource_map)["Statement"]:
            if statement["Effect"] != "Allow" or set(statement) - {"Effect", "Action", "Resource", "Sid"}:
                raise ValueError(f"this statement is not understood: {statement}")
            yield statement


def matches(statement: dict[str, Any], action: str, resource: str) -> Any:
    return any(like(action, pattern) for pattern in listed(statement["Action"])) and any(
        like(resource, pattern) for pattern in listed(statement["Resource"])
    )


def like(text: str, pattern: str) -> Any:
    """IAM has `*` and `?`, and no brackets."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def actions(environ: WSGIEnvironment, service: str, region: str, account: str, path: str, body: bytes) -> Any:
    """What a request does, as pairs of action and resource."""
    method = environ["REQUEST_METHOD"]
    query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    target = environ.get("HTTP_X_AMZ_TARGET", "").rsplit(".", 1)[-1]
    if service == "lambda" and path.startswith("/2015-03-31/functions"):
        return function_actions(method, urllib.parse.unquote(path), region, account, body)
    if service == "lambda":
        return [layer_action(method, urllib.parse.unquote(path), query, region, account), *staged(method, path, body)]
    if service == "s3":
        return object_actions(environ, method, urllib.parse.unquote(path), query)
    if service == "dynamodb":
        return table_actions(target, json.loads(body), region, account)
    if service == "secretsmanager":
        name = json.loads(body)["SecretId"]
        known = name if name.startswith("arn:") else f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf"
        return [(f"secretsmanager:{target}", known)]
    if service == "ssm":
        name = json.loads(body)["Name"]
        return [(f"ssm:{target}", f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}")]
    if service == "account":
        return [("account:ListRegions", "*")]
    if service == "cloudfront":
        distribution = path.split("/")[3]
        return [("cloudfront:CreateInvalidation", f"arn:aws:cloudfront::{account}:distribution/{distribution}")]
    form = dict(urllib.parse.parse_qsl(body.decode()))
    return [(f"{service}:{form['Action']}", form.get("TopicArn", "*"))]


def layer_action(method: str, path: str, query: dict[str, str], region: str, account: str) -> tuple[Any, Any]:
    if path == "/2016-08-19/account-settings":
        return "lambda:GetAccountSettings", "*"
    if query.get("find") == "LayerVersion":
        return "lambda:GetLayerVersion", query["Arn"]
    match = LAYER_PATH.match(path)
    assert match, path
    name, number, policy, statement = match.groups()
    resource = f"arn:aws:lambda:{region}:{account}:layer:{name}" + (f":{number}" if number else "")
    kind = "statement" if statement else "policy" if policy else "version" if number else "layer"
    return {
        ("POST", "layer"): "lambda:PublishLayerVersion",
        ("GET", "layer"): "lambda:ListLayerVersions",
        ("GET", "version"): "lambda:GetLayerVersion",
        ("DELETE", "version"): "lambda:DeleteLayerVersion",
        ("POST", "policy"): "lambda:AddLayerVersionPermission",
        ("GET", "policy"): "lambda:GetLayerVersionPolicy",
        ("DELETE", "statement"): "lambda:RemoveLayerVersionPermission",
    }[method, kind], resource


def function_actions(method: str, path: str, region: str, account: str, body: bytes) -> list[Any]:
    _, _, _, *rest = path.split("/")
    if not rest:
        request = json.loads(body)
        function = f"arn:aws:lambda:{region}:{account}:function:{request['FunctionName']}"
        return [
            ("lambda:CreateFunction", function), ("lambda:TagResource", function), ("iam:PassRole", request["Role"]),
            *(("lambda:GetLayerVersion", arn) for arn in request["Layers"]),
        ]  # fmt: skip
    function = f"arn:aws:lambda:{region}:{account}:function:{rest[0]}"
    operation = {"GET": "GetFunctionConfiguration", "POST": "InvokeFunction", "DELETE": "DeleteFunction"}[method]
    return [(f"lambda:{operation}", function)]


def staged(method: str, path: str, body: bytes) -> list[Any]:
    """Lambda reads a version of an object with the rights of whoever publishes it."""
    if method != "POST" or not path.endswith("/versions"):
        return []
    content = json.loads(body)["Content"]
    if "S3Bucket" not in content:
        return []
    return [("s3:GetObjectVersion", f"arn:aws:s3:::{content['S3Bucket']}/{content['S3Key']}")]


def exists(account: str, path: str) -> bool:
    from moto.s3.models import s3_backends

    bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
    found = s3_backends[account]["aws"].buckets.get(bucket)
    return found is not None and key in found.keys


def object_actions(environ: WSGIEnvironment, method: str, path: str, query: dict[str, str]) -> list[Any]:
    bucket, _, key = path.lstrip("/").partition("/")
    whole, resource = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{key}"
    if not key:
        return [("s3:ListBucketVersions" if "versions" in query else "s3:ListBucket", whole)]
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source:
        original = urllib.parse.unquote(source.split("?")[0]).lstrip("/")
        action = "s3:GetObjectVersion" if "?versionId=" in source else "s3:GetObject"
        return [(action, f"arn:aws:s3:::{original}"), ("s3:PutObject", resource)]
    if method == "DELETE":
        return [("s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject", resource)]
    return [("s3:PutObject" if method in ("PUT", "POST") else "s3:GetObject", resource)]


def table_actions(operation: str, request: dict[str, Any], region: str, account: str) -> list[Any]:
    def table(name: str) -> str:
        return f"arn:aws:dynamodb:{region}:{account}:table/{name}"

    if operation in ("TransactWriteItems", "TransactGetItems"):
        verbs = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
                 "Get": "GetItem"}  # fmt: skip
        return [
            (f"dynamodb:{verbs[verb]}", table(inner["TableName"]))
            for item in request["TransactItems"]
            for verb, inner in item.items()
        ]
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [(f"dynamodb:{operation}", table(name)) for name in request["RequestItems"]]
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    return [(f"dynamodb:{operation}", table(request["TableName"]) + index)]
