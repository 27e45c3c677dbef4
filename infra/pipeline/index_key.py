"""The index key: the id of everything that makes two collections' vectors comparable. Pure."""

from __future__ import annotations

import hashlib
import json

from infra.pipeline.normalise import NORMALISATION_VERSION
from infra.pipeline.served import ServedModel
from infra.settings import StackSettings

# bge-m3 takes queries and passages without an instruction in front of them.
PROMPT = ""

# Raise it when passages, point ids or payloads are made by other rules than before.
LAYOUT_VERSION = 1

_DIGITS = 12


def index_key(settings: StackSettings, served: ServedModel, *, sparse_head: str = "") -> str:
    """Twelve hex digits that change whenever stored vectors stop being comparable to new ones.

    TEI's minor version counts: releases have changed what the same model gives. What only changes
    the order or the number of answers (search settings) does not count. `sparse_head` is the digest
    of the head that makes the learned sparse weights; it counts where such weights are stored.
    """
    parts: dict[str, object] = {
        "layout": LAYOUT_VERSION,
        "model": [settings.embed.model_id, settings.embed.revision],
        "served_model": [served.model_id, served.model_sha],
        "dimensions": settings.embed.dimensions,
        "pooling": served.pooling,
        "prompt": PROMPT,
        "tei": served.minor_version,
        "passages": settings.passages.model_dump(),
        "normalisation": NORMALISATION_VERSION,
        "bm25": settings.store.bm25.model_dump(),
    }
    if settings.store.sparse != "off":
        parts["sparse"] = [settings.store.sparse, sparse_head]
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]
