"""Times the stages of one query by an injected clock."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum

from infra.clock import Clock


class Stage(StrEnum):
    """What a query's time is made of; `total` also holds what lies between the stages."""

    EMBED = "embed"
    SEARCH = "search"
    FUSE = "fuse"
    RERANK = "rerank"
    TOTAL = "total"


class StopWatch:
    """Adds up milliseconds for each stage, from its creation on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._stages_s: dict[Stage, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Time the body; a stage that runs twice counts the sum."""
        begun_s = self._clock.monotonic_s()
        try:
            yield
        finally:
            spent_s = self._clock.monotonic_s() - begun_s
            self._stages_s[stage] = self._stages_s.get(stage, 0.0) + spent_s

    def stages_ms(self) -> dict[Stage, float]:
        """Every stage in order, 0 for one that did not run, and the total so far."""
        total_s = self._clock.monotonic_s() - self._started_s
        spent = {**self._stages_s, Stage.TOTAL: total_s}
        return {stage: 1000 * spent.get(stage, 0.0) for stage in Stage}
