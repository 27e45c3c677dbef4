"""Collects what one answer has to do without, so that nothing of it is silent."""

from __future__ import annotations

from infra.errors import OperatorError
from infra.pipeline.answers import Degraded


class Lacks:
    """Flags in the order in which they showed, and for failures what happened."""

    def __init__(self) -> None:
        self._flags: dict[Degraded, None] = {}
        self._problems: dict[Degraded, str] = {}

    def note(self, flag: Degraded) -> None:
        """Something is missing as it may be: an empty leg, reranking switched off."""
        self._flags[flag] = None

    def lost(self, flag: Degraded, error: OperatorError) -> None:
        """Something failed that should have worked."""
        self._flags[flag] = None
        self._problems[flag] = f"{error.what}: {error.why}"

    @property
    def flags(self) -> tuple[Degraded, ...]:
        return tuple(self._flags)

    @property
    def problems(self) -> dict[Degraded, str]:
        return dict(self._problems)
