"""The emulator's clock: real time, and what tests have moved it forward by."""

from __future__ import annotations

import time

_ahead = 0.0


def now() -> float:
    """Seconds since some moment; never goes back, except by a reset."""
    return time.monotonic() + _ahead


def advance(seconds: float) -> None:
    global _ahead
    if seconds < 0:
        raise ValueError("the clock goes forward only")
    _ahead += seconds


def reset() -> None:
    global _ahead
    _ahead = 0.0
