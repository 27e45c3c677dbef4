"""How far a run is: share, rate and what is left."""

from __future__ import annotations

from infra.clock import FakeClock
from infra.pipeline.progress import IndexProgress, Tally


def test_a_run_half_way() -> None:
    """Time left by the bytes done, rate by the tokens embedded."""
    clock, told = FakeClock(), list[IndexProgress]()
    tally = Tally(size_bytes=1000, clock=clock, listener=told.append)
    clock.now_s = 10
    tally.add(documents=1, passages=4, tokens=400, done_bytes=250)
    clock.now_s = 20
    tally.add(documents=2, passages=6, tokens=200, done_bytes=250)
    last = told[-1]
    assert (last.documents, last.passages, last.tokens) == (3, 10, 600)
    assert (last.share, last.tokens_per_s, last.left_s) == (0.5, 30.0, 20.0)


def test_no_guess_at_the_start() -> None:
    """Before anything is known, nothing is told about the end."""
    assert IndexProgress(size_bytes=1000, done_bytes=10, seconds=5).left_s is None
    assert IndexProgress().left_s is None
    assert IndexProgress(tokens=5).tokens_per_s == 0


def test_a_run_at_its_end() -> None:
    """Rounding never makes it more than whole."""
    progress = IndexProgress(size_bytes=10, done_bytes=10.001, seconds=5)
    assert (progress.share, progress.left_s) == (1.0, 0.0)
