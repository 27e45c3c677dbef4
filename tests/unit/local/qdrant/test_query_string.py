"""Query-string parameters are read strictly, unknown ones not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.qdrant.errors import ApiError
from infra.local.qdrant.query_string import Params


@pytest.mark.parametrize(
    ("query", "wait"),
    [("", False), ("wait=true", True), ("wait=false&foo=1", False), ("ordering=strong", False)],
)
def test_wait_is_a_rust_bool(query: str, wait: bool) -> None:
    """Absent means false."""
    assert Params.parse(query).wait() is wait


@pytest.mark.parametrize(
    ("query", "read", "status"),
    [
        ("wait=True", Params.wait, 400),
        ("wait=", Params.wait, 400),
        ("wait=true&wait=true", Params.wait, 400),
        ("ordering=x", Params.wait, 400),
        ("timeout=0", Params.read_options, 400),
        ("timeout=-1", Params.read_options, 400),
        ("consistency=two", Params.read_options, 400),
        ("timeout=0", Params.catalog_timeout, 422),
    ],
)
def test_wrong_value_is_refused(query: str, read: Callable[[Params], Any], status: int) -> None:
    """With the status that the server gives it."""
    with pytest.raises(ApiError) as caught:
        read(Params.parse(query))

    assert caught.value.status == status
