"""From what was typed to the store's condition; what cannot be asked for is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from qdrant_client import QdrantClient, models

from infra.clock import FakeClock
from infra.errors import UsageError
from infra.pipeline.filters import MOST_DOCUMENTS, SearchFilter, parse_field, search_condition
from infra.pipeline.records import Language
from infra.pipeline.retry import BRIEF
from infra.pipeline.store_calls import StoreCalls

KINDS = models.PayloadSchemaType
SCHEMA = {
    name: models.PayloadIndexInfo(data_type=kind, points=1)
    for name, kind in {
        "doc_id": KINDS.KEYWORD,
        "lang": KINDS.KEYWORD,
        "grade": KINDS.INTEGER,
        "is_open": KINDS.BOOL,
        "written": KINDS.DATETIME,
    }.items()
}


class FakeQdrant:
    """Three documents, or as many as the test says; keeps what it was asked."""

    def __init__(self, *doc_ids: str) -> None:
        self.doc_ids = doc_ids or ("en/ohm.md", "ru/ohm.md", "ru/optics.md")
        self.asked: list[str] = []

    def get_collection(self, name: str) -> Any:
        self.asked.append("collection")
        return SimpleNamespace(payload_schema=SCHEMA)

    def scroll(self, name: str, *, scroll_filter: models.Filter, **_: Any) -> Any:
        self.asked.append("scroll")
        must = cast("list[models.FieldCondition]", scroll_filter.must)
        wanted = cast("models.MatchValue", must[0].match).value
        return [doc_id for doc_id in self.doc_ids if doc_id == wanted], None

    def facet(self, name: str, key: str, *, limit: int, exact: bool) -> Any:
        self.asked.append("facet")
        hits = [SimpleNamespace(value=doc_id) for doc_id in self.doc_ids[:limit]]
        return SimpleNamespace(hits=hits)


def condition(wanted: SearchFilter, store: FakeQdrant | None = None) -> models.Filter | None:
    calls = StoreCalls(address="http://store", policy=BRIEF, clock=FakeClock())
    return search_condition(cast("QdrantClient", store or FakeQdrant()), calls, "c", wanted)


def any_of(field: str, *values: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))  # pyright: ignore[reportArgumentType]


def test_nothing_wanted_costs_nothing() -> None:
    """No condition, no call."""
    store = FakeQdrant()
    assert condition(SearchFilter(), store) is None
    assert store.asked == []


def test_fields_add_up_and_their_values_are_alternatives() -> None:
    """Words, whole numbers and truth values, each in its own type."""
    fields = (("grade", "7"), ("grade", "8"), ("is_open", "true"), ("lang", "en"))
    made = condition(SearchFilter(langs=(Language.RUSSIAN,), fields=fields))
    is_open = models.FieldCondition(key="is_open", match=models.MatchValue(value=True))
    assert made == models.Filter(
        must=[any_of("grade", 7, 8), models.Filter(should=[is_open]), any_of("lang", "en", "ru")]
    )


class TestDocuments:
    """By id, or by the beginning of ids."""

    def test_a_whole_id(self) -> None:
        """One document, found without listing the others."""
        store = FakeQdrant("a.md", "a.md.txt")
        made = condition(SearchFilter(docs=("a.md",)), store)
        assert made == models.Filter(must=[any_of("doc_id", "a.md")])
        assert store.asked == ["scroll"]

    def test_the_beginning_of_ids(self) -> None:
        """Every document below a folder, or whose name begins so; several are alternatives."""
        assert condition(SearchFilter(docs=("ru/",))) == models.Filter(
            must=[any_of("doc_id", "ru/ohm.md", "ru/optics.md")]
        )
        assert condition(SearchFilter(docs=("ru/op", "en"))) == models.Filter(
            must=[any_of("doc_id", "en/ohm.md", "ru/optics.md")]
        )

    def test_an_unknown_one(self) -> None:
        """The nearest id helps."""
        with pytest.raises(UsageError, match=r"--doc ru/opics\.md") as caught:
            condition(SearchFilter(docs=("ru/opics.md",)))
        assert "ru/optics.md" in caught.value.remedy

    def test_too_many_to_look_through(self) -> None:
        """A beginning is refused, a whole id still works."""
        many = FakeQdrant(*(f"{number}.md" for number in range(MOST_DOCUMENTS + 1)))
        with pytest.raises(UsageError, match=str(MOST_DOCUMENTS)):
            condition(SearchFilter(docs=("x",)), many)
        assert condition(SearchFilter(docs=("7.md",)), many) is not None


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (("title", "Ohm"), "these have: doc_id, grade, is_open, lang, written"),
        (("grade", "seven"), "whole numbers"),
        (("is_open", "maybe"), "true or false"),
        (("written", "2026"), "datetime"),
    ],
)
def test_what_cannot_be_asked_for(field: tuple[str, str], why: str) -> None:
    """A field without an index, a value of another type, an index of another kind."""
    with pytest.raises(UsageError) as caught:
        condition(SearchFilter(fields=(field,)))
    assert why in caught.value.why


def test_the_form_of_a_condition() -> None:
    """The first equals sign parts name and value."""
    assert parse_field("a=b=c") == ("a", "b=c")
    for text in ("", "a", "=b", "a="):
        with pytest.raises(UsageError, match="FIELD=VALUE"):
            parse_field(text)
