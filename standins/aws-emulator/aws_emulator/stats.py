"""What was asked so far: the numbers, and the order, that tests assert."""

from __future__ import annotations

import threading
from typing import Any

from .call import Call

#: Calls that are remembered in order; blocks come in thousands and are counted alone.
UNORDERED = {"PutSnapshotBlock", "GetSnapshotBlock"}


class Stats:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, dict[str, int]] = {}
        self._denied: list[dict[str, str]] = []
        self._log: list[dict[str, Any]] = []
        self._used: set[tuple[str, str, str]] = set()

    def begin(self, call: Call) -> None:
        if call.action in UNORDERED:
            return
        tagged = any(key.startswith("TagSpecification") for key in call.params)
        with self._lock:
            self._log.append({"action": f"{call.service}:{call.action}", "tagged": tagged, "dryRun": call.dry_run})

    def count(self, service: str, action: str, outcome: str) -> None:
        """`outcome`: allowed (answered), denied (no permission), failed (any other error, faults included)."""
        with self._lock:
            counts = self._calls.setdefault(f"{service}:{action}", {"allowed": 0, "denied": 0, "failed": 0})
            counts[outcome] += 1

    def denied(self, who: str, action: str, resource: str) -> None:
        with self._lock:
            self._denied.append({"principal": who, "action": action, "resource": resource})

    def grants_used(self, allowing: list[dict[str, str]]) -> None:
        """Only one that nothing else stands beside: what two statements allow, one of them need not."""
        if len(allowing) == 1:
            with self._lock:
                self._used.add((allowing[0]["sid"], allowing[0]["action"], allowing[0]["resource"]))

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._denied.clear()
            self._log.clear()
            self._used.clear()

    def report(self) -> dict[str, Any]:
        with self._lock:
            return {
                "calls": {action: dict(counts) for action, counts in sorted(self._calls.items())},
                "denied": list(self._denied),
                "log": list(self._log),
                "grantsUsed": [{"sid": s, "action": a, "resource": r} for s, a, r in sorted(self._used)],
            }
