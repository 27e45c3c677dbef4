"""The learned sparse leg is switched on in one piece or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from infra.errors import SettingsError
from infra.settings.load import parse_settings

HEAD = {"sparse_head": "sparse_linear.pt"}


def parse(**groups: Any) -> Any:
    return parse_settings({"target": "local", **groups}, source="test")


def test_everything_that_it_needs() -> None:
    """A head, vectors in the store, and a leg in the search."""
    settings = parse(embed=HEAD, store={"sparse": "m3"}, search={"sparse": "m3"})
    assert settings.search.sparse == settings.store.sparse == "m3"


def test_stored_before_it_is_searched() -> None:
    """An index may be built before queries use it."""
    assert parse(embed=HEAD, store={"sparse": "m3"}).search.sparse == "off"


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"store": {"sparse": "m3"}}, r"embed\.sparse_head names no file"),
        ({"embed": HEAD, "search": {"sparse": "m3"}}, r"store\.sparse is off"),
        ({"store": {"sparse": "splade"}}, "'off' or 'm3'"),
        ({"embed": {"pooling": "mean"}}, r"embed\.pooling is mean"),
    ],
)
def test_half_of_it_is_refused(groups: dict[str, Any], told: str) -> None:
    """The message names what is missing."""
    with pytest.raises(SettingsError, match=told):
        parse(**groups)


@pytest.mark.parametrize("value", ["off", False])
def test_off_in_yaml(value: object) -> None:
    """A bare `off` reaches the settings as a boolean."""
    assert parse(store={"sparse": value}).store.sparse == "off"


def test_mean_pooling_comes_with_it() -> None:
    """The rows give the dense vector then; a server is CLS by itself."""
    settings = parse(embed={**HEAD, "pooling": "mean"}, store={"sparse": "m3"})
    assert settings.embed.pooling == "mean"
    assert parse().embed.pooling == "cls"


def test_its_weight_counts_only_where_it_runs() -> None:
    """Three legs at 0 and the learned one switched off: no leg would run."""
    alone = {"weight_dense": 0, "weight_bm25_ru": 0, "weight_bm25_en": 0}
    with pytest.raises(SettingsError, match="no leg would run"):
        parse(search=alone)
    parse(embed=HEAD, store={"sparse": "m3"}, search={**alone, "sparse": "m3"})
