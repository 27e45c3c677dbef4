"""A transport that answers as an embed server over the tiny model does, mix-ups included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from infra.pipeline.transport import Reply
from tests.unit.pipeline.fakes import INFO, json_reply
from tests.unit.pipeline.sparse import tiny_model


class MixingTei:
    """`strangers` are texts of other programs that are in the queue before ours, one list of them
    for each call of `/embed_all`; when they run out, nobody else asks."""

    def __init__(
        self,
        pooling: Literal["cls", "mean"] = "cls",
        *,
        strangers: Sequence[Sequence[str]] = (),
        dtype: str = "float32",
        address: str = "http://tiny",
    ) -> None:
        self.address = address
        self.pooling: Literal["cls", "mean"] = pooling
        self.strangers = list(strangers)
        self.calls: list[tuple[str, list[str]]] = []
        self.info: dict[str, Any] = {
            **INFO,
            "model_dtype": dtype,
            "model_type": {"embedding": {"pooling": pooling}},
        }

    def get(self, path: str) -> Reply:
        assert path == "/info"
        return json_reply(self.info)

    def post(self, path: str, payload: object) -> Reply:
        assert isinstance(payload, dict)
        texts: list[str] = payload["inputs"]
        assert len(texts) <= INFO["max_client_batch_size"]
        self.calls.append((path, texts))
        match path:
            case "/embed":
                return json_reply([tiny_model.embedded(text, self.pooling) for text in texts])
            case "/tokenize":
                return json_reply(
                    [[{"id": each, "text": "t"} for each in tiny_model.ids_of(t)] for t in texts]
                )
            case _:
                assert path == "/embed_all"
                return self._rows(texts)

    def lists(self, path: str) -> list[list[str]]:
        """The texts of each call of a path."""
        return [texts for called, texts in self.calls if called == path]

    def _rows(self, texts: list[str]) -> Reply:
        before = list(self.strangers.pop(0)) if self.strangers else []
        batch = tiny_model.embed_all([*before, *texts], pooling=self.pooling)
        return Reply(200, json.dumps([rows.tolist() for rows in batch[len(before) :]]).encode())
