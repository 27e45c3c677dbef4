"""What a request means: lanes, counts, and what is refused before any work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.errors import SettingsError
from infra.gateway.config import CONFIG_VARIABLE, parse_config
from infra.gateway.errors import RequestError
from infra.gateway.keys import Scope
from infra.gateway.lanes import Lane
from infra.gateway.reading import parse_body
from infra.gateway.wire import (
    SHORT_LIST,
    SHORT_TEXT,
    EmbeddingsRequest,
    Request,
    RerankRequest,
    SearchRequest,
    TokenizeRequest,
)


def parse(model: type[Request], body: dict[str, Any], *, most_texts: int = 2048) -> Request:
    return parse_body(json.dumps(body).encode(), model, most_texts=most_texts)


def refused(model: type[Request], body: dict[str, Any]) -> RequestError:
    with pytest.raises(RequestError) as error:
        parse(model, body, most_texts=5)
    assert error.value.status == 400
    return error.value


class TestLanes:
    @pytest.mark.parametrize(
        ("body", "lane"),
        [
            ({"input": "short"}, Lane.QUERIES),
            ({"input": "x" * SHORT_TEXT}, Lane.QUERIES),
            ({"input": "x" * (SHORT_TEXT + 1)}, Lane.PASSAGES),
            ({"input": ["short"]}, Lane.PASSAGES),
            ({"input": ["short"], "input_type": "query"}, Lane.QUERIES),
            ({"input": "short", "input_type": "passage"}, Lane.PASSAGES),
        ],
    )
    def test_embeddings(self, body: dict[str, Any], lane: Lane) -> None:
        """One short text is a query, a list is passages; the request may say otherwise."""
        assert parse(EmbeddingsRequest, {"model": "m"} | body).lane is lane

    def test_others(self) -> None:
        """Searches and short reranks have a reader waiting; long reranks and counts do not."""
        few, many = ["d"] * SHORT_LIST, ["d"] * (SHORT_LIST + 1)
        assert parse(SearchRequest, {"query": "q"}).lane is Lane.QUERIES
        assert parse(RerankRequest, {"query": "q", "documents": few}).lane is Lane.QUERIES
        assert parse(RerankRequest, {"query": "q", "documents": many}).lane is Lane.PASSAGES
        assert parse(TokenizeRequest, {"input": "t"}).lane is Lane.PASSAGES


class TestScopes:
    def test_sparse_vectors_need_one_more(self) -> None:
        """Beside the route's own; nothing else does."""
        body = {"model": "m", "input": "t"}
        assert parse(EmbeddingsRequest, body | {"sparse": True}).more_scopes == {Scope.INDEX}
        assert not parse(EmbeddingsRequest, body).more_scopes
        assert not parse(SearchRequest, {"query": "q"}).more_scopes


class TestRefusals:
    @pytest.mark.parametrize("ids", [[1, 2, 3], [[1, 2], [3]]])
    def test_token_ids_are_refused_with_the_reason(self, ids: list[Any]) -> None:
        """They are never forwarded; the message says what to send."""
        error = refused(EmbeddingsRequest, {"model": "m", "input": ids})
        assert "token ids" in error.why
        assert "check_embedding_ctx_length=False" in error.why
        assert error.param == "input"

    @pytest.mark.parametrize(
        ("model", "body", "param"),
        [
            (EmbeddingsRequest, {"input": "x"}, "model"),
            (EmbeddingsRequest, {"model": "m", "input": ""}, "input"),
            (EmbeddingsRequest, {"model": "m", "input": []}, "input"),
            (EmbeddingsRequest, {"model": "m", "input": ["a", ""]}, "input"),
            (EmbeddingsRequest, {"model": "m", "input": "a", "dimensions": 0}, "dimensions"),
            (EmbeddingsRequest, {"model": "m", "input": "a", "dimensions": "8"}, "dimensions"),
            (RerankRequest, {"query": "q", "documents": []}, "documents"),
            (RerankRequest, {"query": "", "documents": ["d"]}, "query"),
            (SearchRequest, {"query": "q", "filters": {"author": "x"}}, "filters"),
            (SearchRequest, {"query": "q", "filters": {"lang": "fr"}}, "filters"),
            (SearchRequest, {"query": "q", "limit": 5}, "limit"),
            (SearchRequest, {"query": "q", "deadline_ms": 0}, "deadline_ms"),
        ],
    )
    def test_the_field_at_fault_is_named(
        self, model: type[Request], body: dict[str, Any], param: str
    ) -> None:
        """400 with the field and the rule."""
        assert refused(model, body).param == param

    def test_the_text_is_not_repeated(self) -> None:
        """An error may be logged, so what was sent stays out of it."""
        error = refused(SearchRequest, {"query": 5, "filters": {"lang": "секретное слово"}})
        assert "секретное" not in str(error)

    def test_too_many_texts(self) -> None:
        """The setting bounds a request."""
        assert refused(EmbeddingsRequest, {"model": "m", "input": ["a"] * 6}).why.endswith("5")

    def test_a_blank_query(self) -> None:
        """Only spaces are nothing to look for."""
        assert "blank" in refused(SearchRequest, {"query": "  \n"}).why

    def test_foreign_fields_of_the_openai_shape_are_let_pass(self) -> None:
        """Clients of that API send more than we know."""
        assert parse(EmbeddingsRequest, {"model": "m", "input": "a", "user": "u", "new": 1})


GOOD_CONFIG: dict[str, Any] = {
    "target": "local",
    "addresses": {
        "embed": "http://127.0.0.1:1",
        "rerank": "http://127.0.0.1:2",
        "qdrant": "http://127.0.0.1:3",
    },
}


class TestConfig:
    def test_groups_left_out_take_their_defaults(self) -> None:
        """Target and addresses are enough."""
        config = parse_config(json.dumps(GOOD_CONFIG))
        assert config.gateway.query_in_flight == 8
        assert config.stack.search.top_k == 5

    def test_all_problems_come_at_once(self) -> None:
        """Each with its place; an unknown group is one of them."""
        bad = GOOD_CONFIG | {
            "gateway": {"query_queue": -1, "deadline": 5},
            "search": {"top_k": 500},
            "serach": {},
            "addresses": {"embed": "127.0.0.1:1"},
        }
        with pytest.raises(SettingsError) as error:
            parse_config(json.dumps(bad))
        for place in (
            "gateway.query_queue",
            "gateway.deadline",
            "search.top_k",
            "serach",
            "addresses.embed",
            "addresses.qdrant",
        ):
            assert place in error.value.why

    @pytest.mark.parametrize("text", [None, "", "{"])
    def test_no_configuration_is_a_clear_error(self, text: str | None) -> None:
        """The variable is named."""
        with pytest.raises(SettingsError) as error:
            parse_config(text)
        assert CONFIG_VARIABLE in error.value.what
