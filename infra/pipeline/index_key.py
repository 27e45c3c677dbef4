"""The index key: the id of everything that makes two collections' vectors comparable. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TypeAlias

from infra.pipeline.normalise import NORMALISATION_VERSION
from infra.pipeline.served import ServedModel
from infra.settings import StackSettings

Parts: TypeAlias = dict[str, str | int | float | bool | None]

# bge-m3 takes queries and passages without an instruction in front of them.
PROMPT = ""

# Raise it when passages, point ids or payloads are made by other rules than before.
LAYOUT_VERSION = 2

_DIGITS = 12

# What decides over passages and their vectors only: a query is the same whatever they say.
_OF_PASSAGES = ("passages.", "store.bm25.")
# Counts for a query where the query's own settings have it, not where only the collection has.
_SPARSE = "store.sparse"


def index_parts(settings: StackSettings, served: ServedModel, *, sparse_head: str = "") -> Parts:
    """What the index key is made of, by the name of the setting or of what the server says.

    TEI's minor version counts: releases have changed what the same model gives. The model is the
    one that the settings name, which `check_served` compares with the server; its path there does
    not count. A stand-in without a real model counts as another model. `sparse_head` is the digest
    of the head that makes the learned sparse weights; it counts where such weights are stored.
    """
    passages = settings.passages
    parts: Parts = {
        "layout": LAYOUT_VERSION,
        "normalisation": NORMALISATION_VERSION,
        "prompt": PROMPT,
        "embed.model_id": settings.embed.model_id,
        "embed.revision": settings.embed.revision,
        "embed.dimensions": settings.embed.dimensions,
        # With learned weights the dense vector is the first row, whatever the server itself does.
        "the server's pooling": served.pooling if settings.store.sparse == "off" else "cls",
        "the server's TEI version": served.minor_version,
        "the server's model is a stand-in": served.is_stand_in,
        "passages.max_tokens": passages.max_tokens,
        "passages.overlap_tokens": passages.overlap_tokens,
        "passages.with_headings": passages.with_headings,
        **{f"store.bm25.{name}": value for name, value in settings.store.bm25.model_dump().items()},
    }
    if settings.store.sparse != "off":
        parts[_SPARSE] = f"{settings.store.sparse} {sparse_head}"
    return parts


def index_key(settings: StackSettings, served: ServedModel, *, sparse_head: str = "") -> str:
    """Twelve hex digits that change whenever stored vectors stop being comparable to new ones.

    What only changes the order or the number of answers (search settings) does not count.
    """
    return key_of(index_parts(settings, served, sparse_head=sparse_head))


def key_of(parts: Mapping[str, object]) -> str:
    """The key of known parts."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]


def differences(made_by: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """What sets two index keys apart, one phrase for each part, in the order of the parts."""
    names = [*wanted, *(name for name in made_by if name not in wanted)]
    return [
        f"{name} was {_shown(made_by, name)}, is now {_shown(wanted, name)}"
        for name in names
        if made_by.get(name) != wanted.get(name)
    ]


def query_differences(made_by: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """As `differences`, of what a query must share with the passages that it is compared with."""
    return differences(_of_query(made_by, wanted), _of_query(wanted, wanted))


def _of_query(parts: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value
        for name, value in parts.items()
        if not name.startswith(_OF_PASSAGES) and (name != _SPARSE or name in wanted)
    }


def _shown(parts: Mapping[str, object], name: str) -> str:
    value = parts.get(name)
    if value is None or value == "":
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
