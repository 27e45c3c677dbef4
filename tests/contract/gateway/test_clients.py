"""The official clients, our own, and plain requests against a running gateway."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import openai
import pytest
from langchain_openai import OpenAIEmbeddings

from infra.client import (
    GatewayRefusedError,
    GatewayUnavailableError,
    RetrievalClient,
    SearchFilters,
)
from tests.contract.gateway.processes import ALL_KEY, SEARCH_KEY, Process, RunningGateway, free_port

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

MODEL = "BAAI/bge-m3"


@pytest.fixture
def client(gateway: RunningGateway) -> RetrievalClient:
    """Our client with every scope."""
    return RetrievalClient(gateway.address, ALL_KEY, timeout_s=10)


class TestOpenAi:
    def official(self, gateway: RunningGateway, key: str = ALL_KEY) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{gateway.address}/v1", api_key=key, max_retries=0)

    def test_embeddings_in_both_formats(self, gateway: RunningGateway) -> None:
        """The official client decodes its default base64 to what `float` gives."""
        with self.official(gateway) as client:
            usual = client.embeddings.create(model=MODEL, input=["one", "два"])
            plain = client.embeddings.create(
                model=MODEL, input=["one", "два"], encoding_format="float"
            )
        assert len(usual.data) == 2
        assert usual.model == MODEL
        assert usual.usage.prompt_tokens > 0
        for one, other in zip(usual.data, plain.data, strict=True):
            assert np.allclose(one.embedding, other.embedding, atol=1e-7)

    def test_models_can_be_listed(self, gateway: RunningGateway) -> None:
        """The list has both models under their full names."""
        with self.official(gateway) as client:
            names = [model.id for model in client.models.list()]
        assert names == [MODEL, "BAAI/bge-reranker-v2-m3"]

    def test_errors_arrive_as_the_clients_own(self, gateway: RunningGateway) -> None:
        """A wrong key, an unknown model and a bad value become the client's typed errors."""
        with self.official(gateway, "wrong") as client, pytest.raises(openai.AuthenticationError):
            client.embeddings.create(model=MODEL, input="x")
        with (
            self.official(gateway, SEARCH_KEY) as client,
            pytest.raises(openai.PermissionDeniedError),
        ):
            client.embeddings.create(model=MODEL, input="x")
        with self.official(gateway) as client:
            with pytest.raises(openai.NotFoundError) as unknown:
                client.embeddings.create(model="text-embedding-3-small", input="x")
            assert unknown.value.code == "model_not_found"
            with pytest.raises(openai.BadRequestError) as bad:
                client.embeddings.create(model=MODEL, input=[[1, 2, 3]])
        assert "token ids" in bad.value.message


class TestLangChain:
    def test_documents_and_queries_are_embedded(self, gateway: RunningGateway) -> None:
        """LangChain's OpenAI embeddings work once they send text instead of token ids."""
        embeddings = OpenAIEmbeddings(
            model=MODEL,
            base_url=f"{gateway.address}/v1",
            api_key=ALL_KEY,  # type: ignore[arg-type] (pydantic turns it into a secret)
            check_embedding_ctx_length=False,
        )
        documents = embeddings.embed_documents(["Закон Ома", "Cells have a nucleus"])
        query = embeddings.embed_query("Закон Ома")
        assert np.allclose(documents[0], query, atol=1e-6)
        assert len(documents[1]) == 1024


class TestOurClient:
    def test_search_with_filters_and_context(self, client: RetrievalClient) -> None:
        """Answers are records with their place in the document."""
        reply = client.search(
            "сила тока", top_k=2, filters=SearchFilters(langs=("ru",)), context=True
        )
        assert reply.answers[0].doc_id == "fizika/om.md"
        assert reply.answers[0].text in (reply.answers[0].context or "")
        assert reply.degraded == ()
        assert reply.stage_ms["total"] > 0

    def test_embed_rerank_and_counts(self, client: RetrievalClient) -> None:
        """Vectors have norm 1, documents are ranked, tokens are counted."""
        vectors = client.embed(["one text", "another"], input_type="query")
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        ranked = client.rerank("nucleus", ["consuls of Rome", "the nucleus of a cell"], top_n=1)
        assert [entry.index for entry in ranked] == [1]
        assert all(count.count > 2 for count in client.count_tokens(["one text", "another"]))

    def test_a_refusal_names_code_and_request(self, gateway: RunningGateway) -> None:
        """A key without the scope is a typed error that the operator can find in the log."""
        reader = RetrievalClient(gateway.address, SEARCH_KEY)
        with pytest.raises(GatewayRefusedError) as refused:
            reader.count_tokens(["text"])
        assert refused.value.status == 403
        assert refused.value.code == "missing_scope"
        ids = [record["request_id"] for record in gateway.process.log_records()]
        assert refused.value.request_id in ids

    def test_no_gateway_is_a_typed_error(self) -> None:
        """Where nothing listens there is one clear error."""
        nowhere = RetrievalClient(f"http://127.0.0.1:{free_port()}", ALL_KEY, timeout_s=2)
        with pytest.raises(GatewayUnavailableError):
            nowhere.search("anything")


def test_aliases_let_an_application_keep_its_model_name(
    backends: dict[str, Process], start_gateway: Callable[..., RunningGateway]
) -> None:
    """With an alias in the settings the old name is accepted and echoed."""
    settings = {"gateway": {"embed_aliases": ["text-embedding-3-small"], "drain_notice_ms": 0}}
    gateway = start_gateway(backends, settings)
    body = {"model": "text-embedding-3-small", "input": "Закон Ома"}
    answer = gateway.post("/v1/embeddings", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == "text-embedding-3-small"
