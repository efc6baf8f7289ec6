"""What was asked so far: the numbers that tests assert."""

from __future__ import annotations

import threading
from typing import Any


class Stats:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, dict[str, int]] = {}
        self._denied: list[dict[str, str]] = []

    def count(self, service: str, action: str, outcome: str) -> None:
        """`outcome`: allowed (answered), denied (no permission), failed (any other error, faults included)."""
        with self._lock:
            counts = self._calls.setdefault(f"{service}:{action}", {"allowed": 0, "denied": 0, "failed": 0})
            counts[outcome] += 1

    def denied(self, who: str, action: str, resource: str) -> None:
        with self._lock:
            self._denied.append({"principal": who, "action": action, "resource": resource})

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._denied.clear()

    def report(self) -> dict[str, Any]:
        with self._lock:
            return {
                "calls": {action: dict(counts) for action, counts in sorted(self._calls.items())},
                "denied": list(self._denied),
            }
