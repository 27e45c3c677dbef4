"""One request on its way through the gateway: id, deadline, and what it spent its time on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infra.clock import Clock
from infra.gateway.lanes import Lane


@dataclass(slots=True)
class Call:
    """What is known of a request. Filled as it goes; the log line is made from it.

    Times are monotonic seconds of `clock`. `sizes` are counts (texts, tokens, bytes), never
    contents.
    """

    request_id: str
    clock: Clock
    started_s: float
    route: str = "unmatched"
    key_name: str | None = None
    lane: Lane | None = None
    deadline_s: float | None = None
    client_gone: bool = False
    error_code: str | None = None
    cause: str | None = None
    degraded: tuple[str, ...] = ()
    text: str | None = None
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    stages_ms: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def elapsed_s(self) -> float:
        """Since the request arrived."""
        return self.clock.monotonic_s() - self.started_s

    @property
    def remaining_s(self) -> float:
        """Until the deadline, at least 0; only asked once there is one."""
        ends_s = float("inf") if self.deadline_s is None else self.deadline_s
        return max(0.0, ends_s - self.clock.monotonic_s())

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Time the body; a stage that runs twice counts the sum."""
        begun_s = self.clock.monotonic_s()
        try:
            yield
        finally:
            spent_ms = 1000 * (self.clock.monotonic_s() - begun_s)
            self.stages_ms[name] = self.stages_ms.get(name, 0.0) + spent_ms

    def server_timing(self) -> str:
        """The value of a Server-Timing header: each stage, then the total so far."""
        total = {**self.stages_ms, "total": 1000 * self.elapsed_s}
        return ", ".join(f"{name};dur={spent_ms:.1f}" for name, spent_ms in total.items())
