"""One turn at a time for each server. Real threads, since only they can meet."""

from __future__ import annotations

import threading

import pytest

from infra.errors import ServiceUnavailableError
from infra.pipeline.sparse.turns import turn


def test_a_server_that_is_held_is_waited_for_and_given_up() -> None:
    """The wait is bounded; another server is free; afterwards it is free again."""
    with turn("http://a", wait_s=1):
        with turn("http://b", wait_s=0):
            pass
        problems: list[ServiceUnavailableError] = []

        def try_it() -> None:
            try:
                with turn("http://a", wait_s=0.01):
                    pass
            except ServiceUnavailableError as error:
                problems.append(error)

        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
        assert "http://a" in problems[0].what
    with turn("http://a", wait_s=0):
        pass


def test_an_error_ends_the_turn() -> None:
    """Whatever happens in it, the next one gets its turn."""
    with pytest.raises(KeyError), turn("http://c", wait_s=0):
        raise KeyError
    with turn("http://c", wait_s=float("inf")):
        pass
