"""Handlers of the fleet in Python, with the real ones' payloads: they prove the state machine, not the handlers.

The world is numbers: layers, targets and regions. What would be published is counted. The lease, the intents and what
is published outlive an execution, as they do in the ledger.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

BATCH = 25


class Refusal(Exception):
    """An error of a handler, as `errorType` and `errorMessage`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class CannedHandlers:
    def __init__(
        self,
        bucket: Any,
        put: Callable[[str, Any], None],
        get: Callable[[str], Any],
        layers: int,
        targets: Sequence[str],
        regions: Sequence[str],
        failing: Iterable[str] = (),
        missing: Any = None,
    ) -> None:
        self.bucket, self.put, self.get = bucket, put, get
        self.items = [f"layer{layer} {target}" for layer in range(layers) for target in targets]
        self.regions = regions
        self.failing = set(failing)
        self.lock = threading.RLock()
        self.lease: Any = None
        self.intents = {}
        self.published = {}
        self.commits: list[Any] = []
        self.listed = set()
        self.reports: list[Any] = []
        self.term = 600
        # All but so many layers are there from before.
        for item in self.items[missing if missing is not None else len(self.items) :]:
            for region in regions:
                intent = f"P-{item.replace(' ', '-')}/{region}"
                self.intents[intent], self.published[intent] = "settled", 1
                self.listed.add(intent)

    def function(self, role: str) -> Any:
        """The role's function, as `functions.py` calls it."""
        handler = getattr(self, role)

        def run(body: bytes) -> tuple[Any, Any]:
            request = json.loads(body)
            if request.get("v") != 1:
                return "Unhandled", failure("Failed", f"version {request.get('v')} is not known")
            try:
                if role != "prepare":
                    self.check(request["context"])
                return None, json.dumps({"v": 1, **handler(request)}).encode()
            except Refusal as refusal:
                return "Unhandled", failure(refusal.kind, str(refusal))

        return run

    def check(self, context: dict[str, Any]) -> None:
        with self.lock:
            if self.lease is None or self.lease["token"] != context["lease"]["token"]:
                raise Refusal("LeaseHeld", "the lease was lost")
            self.lease["until"] = time.time() + self.term

    def prepare(self, request: dict[str, Any]) -> dict[str, Any]:
        holder = f"execution {request['execution']}"
        with self.lock:
            held = self.lease
            if held and held["holder"] != holder and held["until"] > time.time():
                raise Refusal("LeaseHeld", f"{held['holder']} holds the lease")
            token = held["token"] if held and held["holder"] == holder else (held["token"] if held else 0) + 1
            self.lease = {"name": "run", "holder": holder, "token": token, "until": time.time() + self.term}
        run = request["execution"]
        batches = [self.items[start : start + BATCH] for start in range(0, len(self.items), BATCH)]
        key = f"runs/{run}/batches.json"
        self.put(key, [{"batch": number, "items": items} for number, items in enumerate(batches)])
        context = {"v": 1, "run": run, "lease": self.lease}
        return {"context": context, "batches": {"bucket": self.bucket, "key": key}, "count": len(batches)}

    def recover(self, request: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            open_ones = [intent for intent, state in self.intents.items() if state == "open"]
            for intent in open_ones[:100]:
                self.intents[intent] = "settled" if intent in self.published else "dropped"
        return {"more": len(open_ones) > 100, "closed": len(open_ones[:100]), "silent": []}

    def resolve(self, request: dict[str, Any]) -> dict[str, Any]:
        work = [item for item in request["items"] if self.missing(item)]
        self.put(f"runs/{request['context']['run']}/plans/{request['batch']}.json", work)
        return {"batch": request["batch"], "items": len(request["items"]), "changes": len(work), "failed": 0}

    def plan(self, request: dict[str, Any]) -> dict[str, Any]:
        run = request["context"]["run"]
        work = []
        for batch in range(request["batches"]):
            plan = self.get(f"runs/{run}/plans/{batch}.json")
            work += [{"item": item, "batch": batch} for item in plan or []]
        key = f"runs/{run}/work.json"
        self.put(key, work)
        publications = sum(len(self.missing(entry["item"])) for entry in work)
        return {"work": {"bucket": self.bucket, "key": key}, "builds": len(work), "publications": publications}

    def build(self, request: dict[str, Any]) -> dict[str, Any]:
        item = request["item"]
        if item in self.failing:
            return {"item": item, "publication": "", "regions": [], "failed": "it cannot be built"}
        publication = f"P-{item.replace(' ', '-')}"
        regions = []
        with self.lock:
            for region in self.missing(item):
                intent = f"{publication}/{region}"
                self.intents[intent] = "open"
                regions.append({"region": region, "intent": intent})
        return {"item": item, "publication": publication, "regions": regions}

    def publish(self, request: dict[str, Any]) -> dict[str, Any]:
        intent = request["intent"]
        region = intent.split("/")[1]
        with self.lock:
            if self.intents.get(intent) != "open":
                return {"region": region, "status": "done"}
            adopted = intent in self.published
            self.published[intent] = self.published.get(intent, 0) + (0 if adopted else 1)
            self.intents[intent] = "settled"
        return {"region": region, "status": "adopted" if adopted else "published"}

    def commit(self, request: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            new = {intent for intent, state in self.intents.items() if state == "settled"} - self.listed
            self.listed |= new
            if new:
                self.commits.append(len(new))
        return {"commits": [{"branch": "main", "commit": "0" * 40, "files": len(new)}] if new else []}

    def prune(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"deleted": 0, "left": 0}

    def finish(self, request: dict[str, Any]) -> dict[str, Any]:
        pending = sum(bool(self.missing(item)) for item in self.items)
        status = "failed" if "error" in request else "partly" if pending else "done"
        key = f"runs/{request['context']['run']}/report.json"
        self.put(key, {"status": status, "pending": pending})
        with self.lock:
            self.reports.append({"status": status, "pending": pending, "error": request.get("error", {}).get("Error")})
            self.lease = dict(self.lease, holder="", until=0)
        return {"status": status, "report": {"bucket": self.bucket, "key": key}}

    def end_lease(self) -> None:
        """As time would."""
        with self.lock:
            self.lease["until"] = 0

    def missing(self, item: str) -> list[Any]:
        publication = f"P-{item.replace(' ', '-')}"
        return [region for region in self.regions if self.intents.get(f"{publication}/{region}") != "settled"]

    def summary(self) -> dict[str, Any]:
        with self.lock:
            return {
                "published": len(self.published),
                "doubled": sum(count > 1 for count in self.published.values()),
                "open": sum(state == "open" for state in self.intents.values()),
                "commits": self.commits,
                "listed": len(self.listed),
                "reports": self.reports,
                "leaseIsFree": self.lease is None or self.lease["until"] <= time.time(),
            }


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message, "stackTrace": []}).encode()
