"""TEI's queue and batches, as recorded from 1.9.3, with a set duration in place of a forward pass.

Texts wait in one queue, first in first out. A batch is cut greedily from its front: while its count
times its longest text stays within the budget; nothing behind the first misfit is tried. One batch
runs and one more is frozen, cut when the one before starts, or at the first arrival if nothing
waited then. A batch costs its padded size.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How long a batch of `p` padded tokens takes: `base_ms` + `per_token_ms` * p."""

    base_ms: float
    per_token_ms: float

    def duration_s(self, padded_tokens: int) -> float:
        """Seconds for one batch."""
        return (self.base_ms + self.per_token_ms * padded_tokens) / 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """What ran together: tokens of each text, in queue order."""

    tokens: tuple[int, ...]

    def longer_than(self, tokens: int) -> int:
        """How many of its texts have more tokens."""
        return sum(count > tokens for count in self.tokens)

    @property
    def padded(self) -> int:
        """Tokens computed: every text is padded to the longest."""
        return len(self.tokens) * max(self.tokens)


@dataclass(slots=True)
class _Entry:
    tokens: int
    done: asyncio.Future[None]


@dataclass
class BatchQueue:
    """The queue of one server. `ran` lists its batches in order."""

    pace: Pace
    budget_tokens: int
    ran: list[Batch] = field(default_factory=list[Batch])

    def __post_init__(self) -> None:
        self._waiting: deque[_Entry] = deque()
        self._frozen: list[_Entry] = []
        self._is_running = False
        self._workers: set[asyncio.Task[None]] = set()

    async def compute(self, tokens: list[int]) -> None:
        """Return when every text of one call has been computed; cancelled texts are dropped."""
        loop = asyncio.get_running_loop()
        entries = [_Entry(count, loop.create_future()) for count in tokens]
        # The first text of a list is cut before the others have been tokenised.
        self._append(entries[:1])
        if len(entries) > 1:
            await asyncio.sleep(0.0005)
            self._append(entries[1:])
        await asyncio.gather(*(entry.done for entry in entries))

    def _append(self, entries: list[_Entry]) -> None:
        for entry in entries:
            self._waiting.append(entry)
            if not self._frozen:
                self._freeze()
            if not self._is_running:
                self._start()

    def _freeze(self) -> None:
        cut: list[_Entry] = []
        longest = 0
        while self._waiting:
            entry = self._waiting[0]
            if entry.done.done():
                self._waiting.popleft()
                continue
            longest = max(longest, entry.tokens)
            if cut and longest * (len(cut) + 1) > self.budget_tokens:
                break
            cut.append(self._waiting.popleft())
        self._frozen = cut

    def _start(self) -> None:
        self._is_running = True
        worker = asyncio.get_running_loop().create_task(self._run())
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _run(self) -> None:
        while self._frozen:
            running = self._frozen
            self._freeze()
            batch = Batch(tuple(entry.tokens for entry in running))
            self.ran.append(batch)
            await asyncio.sleep(self.pace.duration_s(batch.padded))
            for entry in running:
                if not entry.done.done():
                    entry.done.set_result(None)
        self._is_running = False
