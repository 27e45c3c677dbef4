"""Embedding that cannot be had answers nothing."""

from __future__ import annotations

import pytest

from infra.errors import ServiceUnavailableError
from infra.pipeline.lost import LostEmbedder

ERROR = ServiceUnavailableError("the embed server has no address", why="private", remedy="none")


def test_a_lost_embedder_answers_nothing() -> None:
    """Whatever is asked of it, the reason is the one."""
    lost = LostEmbedder(ERROR)
    for call in (
        lambda: lost.embed(["a"]),
        lambda: lost.batches(["a"], [1]),
        lambda: lost.count_tokens(["a"]),
        lambda: lost.query_vectors("a"),
    ):
        with pytest.raises(ServiceUnavailableError, match="no address"):
            call()
