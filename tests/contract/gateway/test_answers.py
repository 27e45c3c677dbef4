"""What the gateway answers on the local stack, over real HTTP."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from tests.contract.gateway.processes import SEARCH_KEY, RunningGateway

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

EMBED_MODEL = "BAAI/bge-m3"
QUERY = "сила тока и напряжение"


def vectors(gateway: RunningGateway, body: dict[str, Any]) -> np.ndarray[Any, Any]:
    answer = gateway.post("/v1/embeddings", {"model": EMBED_MODEL} | body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert [entry["index"] for entry in data] == list(range(len(data)))
    return np.array([entry["embedding"] for entry in data])


class TestSearch:
    def test_answers_carry_source_scores_and_ranks(self, gateway: RunningGateway) -> None:
        """The passage that answers comes first, with where it stands and how each leg saw it."""
        answer = gateway.post("/v1/search", {"query": QUERY})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        first = body["answers"][0]
        assert first["doc_id"] == "fizika/om.md"
        assert first["source"].startswith("fizika/om.md:")
        assert first["section"] in (["Формула"], ["Пример"])
        assert first["lang"] == "ru"
        assert 0 <= first["score"] <= 1
        assert first["leg_ranks"]["dense"] >= 1
        assert body["degraded"] == []
        assert [entry["rank"] for entry in body["answers"]] == list(
            range(1, len(body["answers"]) + 1)
        )
        assert set(body["stage_ms"]) >= {"queue", "embed", "search", "fuse", "rerank", "total"}

    def test_times_are_in_a_header(self, gateway: RunningGateway) -> None:
        """Server-Timing names the stages and the total."""
        header = gateway.post("/v1/search", {"query": QUERY}).headers["server-timing"]
        names = [part.partition(";")[0] for part in header.split(", ")]
        assert names == ["queue", "embed", "search", "fuse", "rerank", "total"]

    def test_the_same_query_gives_the_same_order(self, gateway: RunningGateway) -> None:
        """Repeats agree in everything but times and ids."""
        bodies = [gateway.post("/v1/search", {"query": QUERY}).json() for _ in range(3)]
        assert bodies[0]["answers"] == bodies[1]["answers"] == bodies[2]["answers"]

    @pytest.mark.parametrize(
        ("filters", "doc_ids"),
        [
            ({"lang": "en"}, {"biology/cells.md", "history/rome.md"}),
            ({"lang": ["ru"]}, {"fizika/om.md"}),
            ({"doc_id": "history/rome.md"}, {"history/rome.md"}),
            (
                {"doc_id": ["history/rome.md", "fizika/om.md"], "lang": "ru"},
                {"fizika/om.md"},
            ),
            ({"doc_id": "no/such.md"}, set[str]()),
        ],
    )
    def test_filters_hold_for_every_answer(
        self, gateway: RunningGateway, filters: dict[str, Any], doc_ids: set[str]
    ) -> None:
        """Values of one field are alternatives, two fields must both hold."""
        answer = gateway.post("/v1/search", {"query": QUERY, "filters": filters, "top_k": 20})
        assert answer.status_code == 200, answer.text
        assert {entry["doc_id"] for entry in answer.json()["answers"]} == doc_ids

    def test_context_brings_the_section_around(self, gateway: RunningGateway) -> None:
        """An answer's whole section holds the answer; unasked there is none."""
        body = gateway.post("/v1/search", {"query": QUERY, "top_k": 2, "context": True}).json()
        for entry in body["answers"]:
            assert entry["text"] in entry["context"]
        plain = gateway.post("/v1/search", {"query": QUERY}).json()
        assert "context" not in plain["answers"][0]

    def test_rerank_off_is_flagged(self, gateway: RunningGateway) -> None:
        """Without the reranker there are no scores, and the answer says so."""
        body = gateway.post("/v1/search", {"query": QUERY, "rerank": False}).json()
        assert body["degraded"] == ["rerank_off"]
        assert {entry["score"] for entry in body["answers"]} == {None}


class TestEmbeddings:
    def test_lists_longer_than_the_servers_limit_keep_their_order(
        self, gateway: RunningGateway
    ) -> None:
        """30 texts of mixed length (the server takes 8) give what each gives alone."""
        texts = [f"text {number} " + "word " * ((number * 7) % 40) for number in range(30)]
        together = vectors(gateway, {"input": texts})
        alone = np.concatenate([vectors(gateway, {"input": text}) for text in texts[::6]])
        assert together.shape == (30, 1024)
        assert np.allclose(together[::6], alone, atol=1e-5)

    def test_base64_holds_the_same_numbers(self, gateway: RunningGateway) -> None:
        """Both formats give the same float32 values."""
        body = {"model": EMBED_MODEL, "input": ["one", "two"], "encoding_format": "base64"}
        entries = gateway.post("/v1/embeddings", body).json()["data"]
        packed = [np.frombuffer(base64.b64decode(entry["embedding"]), "<f4") for entry in entries]
        plain = vectors(gateway, {"input": ["one", "two"]})
        assert np.array_equal(np.array(packed), plain.astype(np.float32))

    def test_dimensions_cut_and_normalise(self, gateway: RunningGateway) -> None:
        """Fewer numbers on request, still of length 1."""
        short = vectors(gateway, {"input": "cells", "dimensions": 64})
        assert short.shape == (1, 64)
        assert np.isclose(np.linalg.norm(short), 1, atol=1e-3)

    def test_usage_counts_the_servers_tokens(self, gateway: RunningGateway) -> None:
        """Usage equals what `/v1/tokenize` counts."""
        texts = ["Закон Ома", "mitochondria of the cell"]
        body = gateway.post("/v1/embeddings", {"model": "bge-m3", "input": texts}).json()
        counted = gateway.post("/v1/tokenize", {"input": texts, "count_only": True}).json()
        assert body["model"] == "bge-m3"
        assert body["usage"]["prompt_tokens"] == sum(entry["count"] for entry in counted["data"])

    def test_a_text_over_the_window_is_refused_or_cut(self, gateway: RunningGateway) -> None:
        """Nothing is cut unless asked for; then the answer names which."""
        texts = ["short", "word " * 9000]
        body: dict[str, Any] = {"model": EMBED_MODEL, "input": texts}
        refused = gateway.post("/v1/embeddings", body)
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "context_length_exceeded"
        assert "positions 1" in refused.json()["error"]["what"]
        cut = gateway.post("/v1/embeddings", body | {"truncate": True})
        assert cut.status_code == 200, cut.text
        assert cut.json()["truncated"] == [1]


class TestRerank:
    def test_best_first_with_documents(self, gateway: RunningGateway) -> None:
        """Strings and objects are documents; the one that answers comes first."""
        documents = ["Rome had consuls.", {"text": "Cells have a nucleus."}, "Ohm's law."]
        body = {"model": "bge-reranker-v2-m3", "query": "nucleus of cells", "documents": documents}
        results = gateway.post("/v1/rerank", body).json()["results"]
        assert results[0]["index"] == 1
        assert results[0]["document"] == {"text": "Cells have a nucleus."}
        scores = [result["relevance_score"] for result in results]
        assert scores == sorted(scores, reverse=True)

    def test_long_lists_are_scored_like_short_ones(self, gateway: RunningGateway) -> None:
        """40 documents in several calls get the scores that each gets alone; top_n cuts."""
        documents = [f"document {number} about cells" for number in range(40)]
        body = {"query": "cells", "documents": documents, "return_documents": False}
        results = gateway.post("/v1/rerank", body).json()["results"]
        assert sorted(result["index"] for result in results) == list(range(40))
        assert "document" not in results[0]
        alone = gateway.post("/v1/rerank", body | {"documents": documents[7:8]}).json()["results"]
        by_index = {result["index"]: result["relevance_score"] for result in results}
        assert by_index[7] == pytest.approx(alone[0]["relevance_score"], abs=1e-5)
        few = gateway.post("/v1/rerank", body | {"top_n": 3}).json()["results"]
        assert few == results[:3]


class TestOthers:
    def test_tokens_have_ids_and_offsets(self, gateway: RunningGateway) -> None:
        """Special tokens have no place in the text, the others point at bytes of it."""
        row = gateway.post("/v1/tokenize", {"input": "Закон Ома"}).json()["data"][0]
        assert row["count"] == len(row["tokens"])
        assert row["tokens"][0]["special"]
        assert row["tokens"][0]["start"] is None
        assert not row["tokens"][1]["special"]

    def test_models_say_what_an_index_key_is_made_of(self, gateway: RunningGateway) -> None:
        """Both models, with pooling, dimensions and version of their server."""
        answer = gateway.get("/v1/models", key=SEARCH_KEY).json()
        by_role = {model["role"]: model for model in answer["data"]}
        assert by_role["embed"]["id"] == EMBED_MODEL
        assert by_role["embed"]["dimensions"] == 1024
        assert by_role["embed"]["pooling"] == "cls"
        assert by_role["rerank"]["server_version"] == "1.9.3"

    def test_ready_says_that_nothing_is_missing(self, gateway: RunningGateway) -> None:
        """All services answer and the collection is there."""
        answer = gateway.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ready",
            "missing": [],
            "problems": {},
            "has_collection": True,
        }

    def test_metrics_count_requests_by_route(self, gateway: RunningGateway) -> None:
        """A request appears under its route and status, with the time of its stages."""
        gateway.post("/v1/search", {"query": QUERY})
        text = gateway.get("/metrics").text
        assert 'retrieval_gateway_requests_total{route="/v1/search",status="200"}' in text
        assert 'retrieval_gateway_stage_seconds_count{stage="rerank"}' in text
        assert "retrieval_gateway_keys_current 1.0" in text

    def test_the_page_to_read_needs_nothing_from_elsewhere(self, gateway: RunningGateway) -> None:
        """No script and no address of another host."""
        page = gateway.get("/docs").text
        assert "/v1/search" in page
        assert "<script" not in page
        assert "http" not in page.replace("HTTP", "")

    def test_log_lines_hold_no_text_and_no_key(self, gateway: RunningGateway) -> None:
        """One line per request with id, route, key name and stages; never what was asked."""
        answer = gateway.post("/v1/search", {"query": "совершенно особое слово"})
        records = gateway.process.log_records()
        mine = [r for r in records if r["request_id"] == answer.headers["x-request-id"]]
        assert len(mine) == 1
        assert mine[0]["route"] == "/v1/search"
        assert mine[0]["key"] == "all"
        assert mine[0]["status"] == 200
        assert mine[0]["stages_ms"]["embed"] >= 0
        output = gateway.process.output()
        assert "особое" not in output
        assert "key-of-the-tests" not in output
