"""Stages: bounded, and ended by the first failure."""

from __future__ import annotations

import threading

import pytest

from infra.pipeline.stage import Stage, Trouble

WAIT_S = 10


def test_no_more_at_once_than_threads_and_no_more_waiting_than_allowed() -> None:
    """Two threads run two tasks, and the fifth task waits until one of four has ended."""
    trouble = Trouble()
    stage = Stage("test", threads=2, most=4, trouble=trouble)
    go_on, fifth_in = threading.Event(), threading.Event()
    lock, running, most_running = threading.Lock(), [0], [0]

    def task() -> None:
        with lock:
            running[0] += 1
            most_running[0] = max(most_running[0], running[0])
        go_on.wait(WAIT_S)
        with lock:
            running[0] -= 1

    for _ in range(4):
        stage.submit(task)

    def submit_fifth() -> None:
        stage.submit(task)
        fifth_in.set()

    late = threading.Thread(target=submit_fifth)
    late.start()
    assert not fifth_in.wait(0.05)
    go_on.set()
    assert fifth_in.wait(WAIT_S)
    late.join(WAIT_S)
    stage.close()
    assert (most_running[0], running[0]) == (2, 0)


def test_the_first_failure_is_raised_and_ends_the_work() -> None:
    """Tasks that have not begun are given up, and nothing new is taken."""
    trouble = Trouble()
    stage = Stage("test", threads=1, most=8, trouble=trouble)
    begun, done = threading.Event(), [0]

    def fail() -> None:
        begun.wait(WAIT_S)
        raise LookupError("first")

    def count() -> None:
        done[0] += 1

    stage.submit(fail)
    for _ in range(3):
        stage.submit(count)
    begun.set()
    stage.close()
    assert done[0] == 0
    with pytest.raises(LookupError, match="first"):
        stage.submit(count)
    with pytest.raises(LookupError, match="first"):
        trouble.check()


def test_a_later_failure_does_not_hide_the_first() -> None:
    """What is told is the cause, not what followed from it."""
    trouble = Trouble()
    trouble.check()
    trouble.note(KeyError("first"))
    trouble.note(ValueError("second"))
    with pytest.raises(KeyError):
        trouble.check()
