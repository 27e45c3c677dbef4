"""`/info`: the flags and limits of one server, and plainly that it is a stand-in."""

from __future__ import annotations

from typing import Any

from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.server.engine import Engine
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.wire import answers
from infra.local.tei.wire.answers import Answer

# The release whose HTTP contract is served.
TEI_VERSION = "1.9.3"


def info(settings: ServerSettings, model: LoadedModel, engine: Engine) -> Answer:
    """TEI's fields in TEI's order. `docker_label` says what really answers, `sha` is null."""
    return answers.json_answer(
        answers.compact(
            {
                "model_id": settings.model_id,
                "model_sha": settings.revision,
                "model_dtype": settings.dtype,
                "served_model_name": settings.served_model_name or settings.model_id,
                "model_type": _model_type(settings, model),
                "max_concurrent_requests": settings.max_concurrent_requests,
                "max_input_length": engine.limits.max_input_tokens,
                "max_batch_tokens": settings.max_batch_tokens,
                "max_batch_requests": model.max_batch_requests or settings.max_batch_requests,
                "max_client_batch_size": settings.max_client_batch_size,
                "auto_truncate": settings.auto_truncate,
                "tokenization_workers": settings.tokenization_workers,
                "version": TEI_VERSION,
                "sha": None,
                "docker_label": model.label,
            }
        )
    )


def _model_type(settings: ServerSettings, model: LoadedModel) -> dict[str, Any]:
    if model.scoring is None:
        return {"embedding": {"pooling": settings.pooling or "cls"}}
    labels = model.scoring.labels
    return {
        "reranker" if model.is_reranker else "classifier": {
            "id2label": {str(number): name for number, name in enumerate(labels)},
            "label2id": {name: number for number, name in enumerate(labels)},
        }
    }
