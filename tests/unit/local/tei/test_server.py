"""What one server answers with the weight-free models, without a socket."""

from __future__ import annotations

import json

import numpy as np
import pytest

from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.openapi import openapi_text
from tests.unit.local.tei.asgi import call, server

TEXTS = [
    "Фотосинтез превращает энергию света в химическую.",
    "a",
    "The Pythagorean theorem relates the sides of a right triangle.",
    "😀",
]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_list_gives_the_same_numbers_as_single_calls(dtype: str) -> None:
    """Bit for bit, in the list's order."""
    app = server(dtype=dtype)
    together = call(app, "POST", "/embed", {"inputs": TEXTS}).body
    singles = [call(app, "POST", "/embed", {"inputs": text}).body for text in TEXTS]
    assert together == b"[" + b",".join(single[1:-1] for single in singles) + b"]"


def test_vectors_have_length_1_unless_asked_otherwise() -> None:
    """Also after cutting dimensions, which comes first."""
    app = server()
    for body in ({"inputs": TEXTS[0]}, {"inputs": TEXTS[0], "dimensions": 100}):
        (vector,) = call(app, "POST", "/embed", body).json()
        assert len(vector) == body.get("dimensions", 1024)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    (raw,) = call(app, "POST", "/embed", {"inputs": TEXTS[0], "normalize": False}).json()
    assert np.linalg.norm(raw) > 2
    assert np.array_equal(np.float32(raw), np.float32(np.float16(raw))), "float16 values"


@pytest.mark.parametrize("text", TEXTS)
def test_row_0_of_the_tokens_is_the_raw_vector(text: str) -> None:
    """And there is one row for each token of `/tokenize`."""
    app = server(dimensions=64)
    (rows,) = call(app, "POST", "/embed_all", {"inputs": text}).json()
    (tokens,) = call(app, "POST", "/tokenize", {"inputs": text}).json()
    (raw,) = call(app, "POST", "/embed", {"inputs": text, "normalize": False}).json()
    assert len(rows) == len(tokens)
    assert rows[0] == raw


def test_lists_of_token_rows_are_never_mixed_up() -> None:
    """TEI's batching error for unequal lengths is not copied."""
    app = server(dimensions=64)
    together = call(app, "POST", "/embed_all", {"inputs": TEXTS}).json()
    assert together == [call(app, "POST", "/embed_all", {"inputs": one}).json()[0] for one in TEXTS]


@pytest.mark.parametrize("text", TEXTS)
def test_ids_of_a_text_give_its_vector(text: str) -> None:
    """With the special tokens that `/tokenize` puts around them."""
    app = server()
    (tokens,) = call(app, "POST", "/tokenize", {"inputs": text}).json()
    ids = [token["id"] for token in tokens]
    assert (
        call(app, "POST", "/embed", {"inputs": [ids]}).body
        == call(app, "POST", "/embed", {"inputs": text}).body
    )


def test_tokens_show_their_place_in_bytes() -> None:
    """UTF-8, as TEI counts."""
    (tokens,) = call(server(), "POST", "/tokenize", {"inputs": "Ёж 7"}).json()
    encoded = "Ёж 7".encode()
    inner = [token for token in tokens if not token["special"]]
    assert [encoded[one["start"] : one["stop"]].decode() for one in inner] == [
        one["text"] for one in inner
    ]
    assert inner[-1]["stop"] == len(encoded)


def test_pooling_changes_the_vector() -> None:
    """`mean` takes every row, `last-token` the row of `</s>`."""
    vectors = {
        pooling: call(server(pooling=pooling), "POST", "/embed", {"inputs": TEXTS[0]}).body
        for pooling in ("cls", "mean", "last-token")
    }
    assert vectors["mean"] != vectors["cls"]
    assert vectors["last-token"] == vectors["cls"]


def test_ties_come_with_the_higher_index_first() -> None:
    """As TEI sorts; `raw_scores` keeps the order."""
    app = server("rerank")
    body = {"query": "закон Ома", "texts": ["море", "Закон Ома", "море", "Закон Ома"]}
    ranks = call(app, "POST", "/rerank", body).json()
    assert [rank["index"] for rank in ranks] == [3, 1, 2, 0]
    raw = call(app, "POST", "/rerank", body | {"raw_scores": True}).json()
    assert [rank["index"] for rank in raw] == [3, 1, 2, 0]
    assert ranks[0]["score"] == pytest.approx(1 / (1 + np.exp(-raw[0]["score"])), abs=1e-6)


def test_info_says_plainly_what_answers() -> None:
    """The asked model's name, TEI's release, and a label that nobody takes for the real model."""
    for role in ("embed", "rerank"):
        info = call(server(role, model_id="BAAI/bge-m3"), "GET", "/info").json()
        assert info["model_id"] == "BAAI/bge-m3"
        assert info["version"] == "1.9.3"
        assert info["sha"] is None
        assert "stand-in without weights" in info["docker_label"]


def test_the_key_is_compared_as_a_whole() -> None:
    """Without it private routes answer 401 and open ones do not ask."""
    app = server(api_key="k")
    assert call(app, "POST", "/embed", {"inputs": "a"}).status == 401
    assert call(app, "GET", "/info").status == 401
    assert call(app, "GET", "/health").status == 200
    assert call(app, "GET", "/nope").status == 404


def test_every_described_path_is_served_and_the_other_way_round() -> None:
    """The OpenAPI document is the server's own, so it must not promise more or less."""
    described = json.loads(openapi_text(ServerSettings()))["paths"]
    app = server()
    served = set(app.paths()) - {"/", "/docs", "/docs/", "/api-doc/openapi.json"}
    assert set(described) == served
    for path, methods in described.items():
        for method in methods:
            assert call(app, method.upper(), path, {}).status not in (404, 405)
