"""ClientToken: the same request again is answered with the same result, another one under that token is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from .errors import AwsError

Result = TypeVar("Result")


class Tokens(Generic[Result]):
    """
    One for each action. A result is kept even when what it names is gone: a token is good for one creation, ever, as it
    is with the real services.
    """

    def __init__(self, mismatch: AwsError) -> None:
        self._mismatch = mismatch
        self._lock = threading.RLock()
        self._known: dict[tuple[str, str], tuple[str, Result]] = {}

    def once(
        self, region: str, token: str | None, request: Mapping[str, object], create: Callable[[], Result]
    ) -> Result:
        if not token:
            return create()
        wanted = json.dumps(request, sort_keys=True, default=str)
        # Held while it is created, so that two at once make one.
        with self._lock:
            known = self._known.get((region, token))
            if known is None:
                result = create()
                self._known[region, token] = (wanted, result)
                return result
            if known[0] != wanted:
                raise self._mismatch
            return known[1]

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
