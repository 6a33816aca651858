"""DynamoDB for the front: moto's tables with what moto lacks.

Transactions that write all or nothing without a copy of the table, that are idempotent by their token, and that keep
AWS's limits; refusal of names and values that an expression does not use; capacity as AWS counts it; and faults that AWS
has and moto never shows. A test sets faults with `/front/tables`:

    {"operation": "TransactWriteItems", "fault": "conflict", "times": 2}

    throttle     ThrottlingException or, for transactions and batches too, ProvisionedThroughputExceededException
    conflict     a transaction is cancelled since another one holds its second record
    denied       the role's policy does not allow it
    unprocessed  BatchWriteItem takes the first request only
    lost         the request takes effect, and the answer is an internal error

`account` says whose; `share` makes a fault a matter of chance instead of `times`.
"""

from __future__ import annotations

import base64
import collections
import hashlib
import json
import math
import random
import re
import threading
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIEnvironment

from signatures import Signed

WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


class Tables:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults: list[Any] = []
        self.counts: collections.Counter[Any] = collections.Counter()
        self.tokens: dict[Any, Any] = {}
        self.chance = random.Random(1)

    def set(self, request: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.faults = [fault for fault in self.faults if fault["account"] != request["account"]]
            self.faults += [dict(fault, account=request["account"]) for fault in json.loads(request["rules"])]
        return {}

    def counted(self, account: str) -> dict[str, Any]:
        with self.lock:
            return {key[1]: count for key, count in self.counts.items() if key[0] == account}

    def answer(self, environ: WSGIEnvironment, signed: Signed, body: bytes, forward: Callable[..., Any]) -> tuple[Any, Any]:
        """The status and the answer as an object."""
        operation = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
        request = json.loads(body)
        with self.lock:
            self.counts[(signed.key.account, operation)] += 1
            fault = self.take(signed.key.account, operation)
            if fault == "throttle":
                kind = self.chance.choice(["ThrottlingException", "ProvisionedThroughputExceededException"])
                return 400, error(kind, "Rate exceeded")
            if fault == "denied":
                # AWS names the action, and transactions have none of their own.
                action = {"TransactWriteItems": "ConditionCheckItem", "TransactGetItems": "GetItem"}.get(operation, operation)
                message = f"User: arn:aws:iam::{signed.key.account}:user/x is not authorized to perform: dynamodb:{action}"
                return 400, error("AccessDeniedException", f"{message} on resource: *")
            done = (signed.key.account, request.get("ClientRequestToken")) in self.tokens
            if fault == "conflict" and not done:
                return 400, cancelled(["None", "TransactionConflict"])
            status, answer = self.carry_out(operation, request, signed, forward, fault)
            if fault == "lost":
                return 500, error("InternalServerError", "made to be lost")
            return status, answer

    def take(self, account: str, operation: str) -> Any:
        for fault in self.faults:
            if fault["account"] != account or fault.get("operation", operation) != operation:
                continue
            if "share" in fault:
                if self.chance.random() < fault["share"]:
                    return fault["fault"]
            elif fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault["fault"]
        return None

    def carry_out(self, operation: str, request: dict[str, Any], signed: Signed, forward: Callable[..., Any], fault: Any) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        backend = dynamodb_backends[signed.key.account][signed.region]
        for part in [request] + [next(iter(step.values())) for step in request.get("TransactItems", [])]:
            complaint = unused(part)
            if complaint:
                return 400, error("ValidationException", complaint)
        if operation == "TransactWriteItems":
            return self.transaction(backend, request, signed.key.account)
        if operation == "TransactGetItems":
            return self.together(backend, request)
        if operation == "BatchWriteItem" and fault == "unprocessed":
            return self.batch(backend, request, forward)
        status, answer = forward(request)
        if status == 200 and "ReturnConsumedCapacity" in request:
            self.charge(backend, operation, request, answer)
        return status, answer

    def transaction(self, backend: Any, request: dict[str, Any], account: str) -> tuple[Any, Any]:
        from moto.dynamodb.comparisons import get_filter_expression

        token = (account, request.get("ClientRequestToken"))
        steps = request["TransactItems"]
        digest = hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()
        if token in self.tokens:
            known, answer = self.tokens[token]
            if known != digest:
                return 400, error("IdempotentParameterMismatchException", "other parameters under the same token")
            return 200, answer
        if not 1 <= len(steps) <= 100:
            return 400, error("ValidationException", "Member must have length less than or equal to 100")
        reasons, keys, size, units, changes = [], set(), 0, 0.0, []
        for step in steps:
            ((kind, part),) = step.items()
            try:
                backend.get_table(part["TableName"])
            except Exception:
                return 400, error("ResourceNotFoundException", "Requested resource not found")
            source = part.get("Item") or part["Key"]
            key = {"pk": source["pk"], "sk": source["sk"]}
            name = (key["pk"]["S"], key["sk"]["S"])
            if name in keys:
                return 400, error("ValidationException", "Transaction request cannot include multiple operations on one item")
            keys.add(name)
            old = backend.get_item(part["TableName"], key)
            size += item_size(part.get("Item", {}))
            if item_size(part.get("Item", {})) > 400 * 1024:
                return 400, error("ValidationException", "Item size has exceeded the maximum allowed size")
            condition = get_filter_expression(
                part.get("ConditionExpression"), part.get("ExpressionAttributeNames"), part.get("ExpressionAttributeValues")
            )
            holds = part.get("ConditionExpression") is None or condition.expr(old or empty(key))
            reasons.append("None" if holds else "ConditionalCheckFailed")
            before = item_size(attributes(old)) if old else 0
            units += 2 * max(1, math.ceil(max(before, item_size(part.get("Item", {}))) / 1024))
            units += 2 * index_units(attributes(old) if old else None, part.get("Item"))
            changes.append((kind, part, key))
        if size > 4 << 20:
            return 400, error("ValidationException", "Transaction size exceeds 4 MB")
        if any(reason != "None" for reason in reasons):
            return 400, cancelled(reasons)
        for kind, part, key in changes:
            if kind == "Put":
                backend.put_item(part["TableName"], part["Item"])
            elif kind == "Delete":
                backend.delete_item(part["TableName"], key, {}, {}, None)
            elif kind != "ConditionCheck":
                raise ValueError(kind)
        answer = {"ConsumedCapacity": [{"TableName": changes[0][1]["TableName"], "CapacityUnits": units}]}
        if token[1]:
            self.tokens[token] = (digest, answer)
        return 200, answer

    def together(self, backend: Any, request: dict[str, Any]) -> tuple[Any, Any]:
        """moto stops at 25 records; AWS allows 100."""
        gets = [step["Get"] for step in request["TransactItems"]]
        if not 1 <= len(gets) <= 100:
            return 400, error("ValidationException", "Member must have length less than or equal to 100")
        if len({json.dumps(get["Key"], sort_keys=True) for get in gets}) < len(gets):
            return 400, error("ValidationException", "Transaction request cannot include multiple operations on one item")
        found = [backend.get_item(get["TableName"], get["Key"]) for get in gets]
        answer = {"Responses": [{"Item": attributes(item)} if item else {} for item in found]}
        self.charge(backend, "TransactGetItems", request, answer)
        return 200, answer

    def batch(self, backend: Any, request: dict[str, Any], forward: Callable[..., Any]) -> tuple[Any, Any]:
        ((table, requests),) = request["RequestItems"].items()
        first = dict(request, RequestItems={table: requests[:1]})
        status, answer = forward(first)
        if len(requests) > 1:
            answer["UnprocessedItems"] = {table: requests[1:]}
        return status, answer

    def charge(self, backend: Any, operation: str, request: dict[str, Any], answer: Any) -> None:
        table = request.get("TableName")
        consistent = 1 if request.get("ConsistentRead") else 0.5
        if operation == "GetItem":
            units = consistent * pages(item_size(answer.get("Item", {})))
        elif operation == "Query":
            units = consistent * pages(sum(item_size(item) for item in answer.get("Items", [])))
        elif operation == "TransactGetItems":
            units = sum(2 * pages(item_size(entry.get("Item", {}))) for entry in answer["Responses"])
            table = request["TransactItems"][0]["Get"]["TableName"]
        elif operation == "UpdateItem":
            units = max(1, math.ceil(item_size(answer.get("Attributes", {})) / 1024))
        elif operation == "BatchWriteItem":
            ((table, requests),) = request["RequestItems"].items()
            units = sum(
                max(1, math.ceil(item_size(entry.get("PutRequest", {}).get("Item", {})) / 1024))
                + index_units(None, entry.get("PutRequest", {}).get("Item"))
                for entry in requests
            )
        else:
            return
        consumed = {"TableName": table, "CapacityUnits": units}
        answer["ConsumedCapacity"] = [consumed] if operation in ("TransactGetItems", "BatchWriteItem") else consumed


def attributes(item: Any) -> Any:
    """A record as it goes over the wire."""
    return json.loads(json.dumps(item.to_json()["Attributes"], default=lambda value: value.to_json()))


def empty(key: dict[str, Any]) -> Any:
    """What a condition is asked of when there is no record."""
    from moto.dynamodb.models.dynamo_type import DynamoType, Item

    return Item(DynamoType(key["pk"]), DynamoType(key["sk"]), {})


def unused(part: dict[str, Any]) -> str | None:
    text = " ".join(
        part.get(name) or ""
        for name in ("ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression", "ProjectionExpression")
    )
    for kind in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if kind in part and not part[kind]:
            return f"{kind} must not be empty"
        for name in part.get(kind) or {}:
            if not re.search(re.escape(name) + r"(?![A-Za-z0-9_])", text):
                return f"Value provided in {kind} unused in expressions: keys: {{{name}}}"
    return None


def error(kind: str, message: str) -> dict[str, Any]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": message}


def cancelled(reasons: Any) -> Any:
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(reasons)}]"
    answer = error("TransactionCanceledException", message)
    answer["Message"] = answer.pop("message")
    answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return answer


def index_units(old: Any, new: Any) -> int:
    """What the index 'listing' costs: nothing for records that are not in it, before or after."""
    was, will = bool(old and "gpk" in old), bool(new and "gpk" in new)
    if not was and not will:
        return 0
    if was and will and (old["gpk"], old["gsk"]) != (new["gpk"], new["gsk"]):
        return 2
    return 1


def pages(size: int) -> Any:
    return max(1, math.ceil(size / 4096))


def item_size(item: dict[str, Any]) -> Any:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    total = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        total += len(name.encode())
        if kind == "S":
            total += len(content.encode())
        elif kind == "B":
            total += len(base64.b64decode(content)) if isinstance(content, str) else len(content)
        elif kind == "N":
            total += len(content) // 2 + 2
        else:
            total += len(json.dumps(content))
    return total
