"""Which collections a pipeline with learned weights shares with which others."""

from __future__ import annotations

from typing import Any

import pytest

from infra.pipeline.index_key import index_key, index_parts, query_differences
from infra.pipeline.served import ServedModel
from infra.settings import EmbedSettings, StackSettings, StoreSettings, Target
from tests.unit.pipeline.fakes import INFO


def served(pooling: str) -> ServedModel:
    return ServedModel.model_validate({**INFO, "model_type": {"embedding": {"pooling": pooling}}})


def settings(sparse: str) -> StackSettings:
    return StackSettings(
        target=Target.LOCAL,
        embed=EmbedSettings(sparse_head="head.json"),
        store=StoreSettings.model_validate({"sparse": sparse}),
    )


def test_the_head_is_part_of_the_key() -> None:
    """Weights of two heads never meet."""
    keys = {index_key(settings("m3"), served("cls"), sparse_head=head) for head in ("a", "b")}
    assert len(keys) == 2
    assert index_key(settings("off"), served("cls")) not in keys


def test_both_kinds_of_server_make_the_same_vectors() -> None:
    """With learned weights the dense vector is the first row on either."""
    one, other = (index_key(settings("m3"), served(p), sparse_head="a") for p in ("cls", "mean"))
    assert one == other
    plain = [index_key(settings("off"), served(p)) for p in ("cls", "mean")]
    assert plain[0] != plain[1]


@pytest.mark.parametrize(
    ("pooling", "differing"),
    [("cls", []), ("mean", ["the server's pooling was cls, is now mean"])],
)
def test_a_query_without_the_leg(pooling: str, differing: list[str]) -> None:
    """It may read a collection with learned weights, but not with the mean as its vector."""
    made_by: dict[str, Any] = index_parts(settings("m3"), served("mean"), sparse_head="a")
    wanted: dict[str, Any] = index_parts(settings("off"), served(pooling))
    assert query_differences(made_by, wanted) == differing
