"""Faults on request: which calls fail, how often, and in what way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .call import Call
from .errors import AwsError, ConnectionCut

#: Codes that services have for being asked too much, with their status.
THROTTLING = {"ThrottlingException", "RequestLimitExceeded", "RequestThrottledException", "Throttling"}


@dataclass
class Fault:
    """See docs/aws-emulator.md for the fields."""

    action: str
    rate: float = 1.0
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "The service can't answer now (a fault that was asked for)."
    #: So many calls fail, then no more.
    times: int | None = None
    #: So many matching calls pass first.
    after: int = 0
    #: Parameters that a call must have.
    match: dict[str, str] | None = None
    #: The connection is cut when this share of the body is read.
    cut_at_fraction: float | None = None

    def concerns(self, call: Call) -> bool:
        if self.action not in ("*", call.action, f"{call.service}:{call.action}"):
            return False
        return all(call.params.get(key) == value for key, value in (self.match or {}).items())


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Seeded: a test that failed fails again.
        self._random = random.Random(1)
        self._faults: list[Fault] = []

    def add(self, fields: dict[str, Any]) -> None:
        known = {
            "action": "action", "rate": "rate", "status": "status", "code": "code", "message": "message", "times": "times",
            "after": "after", "match": "match", "cutAtFraction": "cut_at_fraction",
        }  # fmt: skip
        unknown = sorted(set(fields) - set(known))
        if unknown or "action" not in fields:
            raise ValueError(f"a fault needs `action` and may have {', '.join(known)}; got {', '.join(sorted(fields))}")
        fault = Fault(**{known[key]: value for key, value in fields.items()})
        if fault.code in THROTTLING and "status" not in fields:
            fault.status = 400
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._random.seed(1)

    def strike(self, call: Call, cut: Callable[[], None]) -> None:
        """Raises what is due for this call, if anything; `cut` hears of a connection that ends without an answer."""
        fault = self._due(call)
        if fault is None:
            return
        if fault.cut_at_fraction is None:
            call.read_body()  # the client must be done sending before it can read the answer
            raise AwsError(fault.code, fault.message, fault.status)
        if call.unread:
            call.environ["emulator.read_body"](int(call.unread * fault.cut_at_fraction))
        cut()
        raise ConnectionCut()

    def _due(self, call: Call) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if not fault.concerns(call) or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if self._random.random() >= fault.rate:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
