"""How many texts may be in flight at once. Knows nothing of what they are for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from infra.local.tei.errors import OverloadedError
from infra.local.tei.server.metrics import Metrics


class Permits:
    """`--max-concurrent-requests`: a permit per text, refused at once when none is free."""

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._free = limit
        self._metrics = metrics

    @contextmanager
    def held(self, count: int = 1) -> Generator[None]:
        """Hold `count` permits, all or none.

        Raises:
            OverloadedError: fewer than `count` are free.
        """
        if count > self._free:
            self._metrics.failed("overloaded")
            raise OverloadedError
        self._free -= count
        try:
            yield
        finally:
            self._free += count
