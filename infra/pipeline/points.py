"""What a passage looks like in the store: its id, its payload, and back again. Pure."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import TypeAdapter

from infra.pipeline.model_text import text_below
from infra.pipeline.records import Passage

Payload: TypeAlias = dict[str, str | int | list[str]]

TEXT_FIELD = "text"
DOC_ID_FIELD = "doc_id"
LANG_FIELD = "lang"
ROOT_FIELD = "root"
SECTION_FIELD = "section_number"

# A fixed namespace of our own, so that ids are the same on every machine.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "retrieval-stack:passage")

_PASSAGE = TypeAdapter(Passage)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPoint:
    """A point in the store; its payload without the text, which its id stands for."""

    point_id: str
    doc_id: str
    payload: Mapping[str, object]


def point_id(passage: Passage) -> str:
    """The id of the point: the same document, lead and text always give the same id.

    It does not hold the position: what is inserted above a passage changes its payload only.
    """
    text_hash = hashlib.sha256(text_below(passage.lead, passage.text).encode()).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, f"{text_hash}:{passage.twin}:{passage.doc_id}"))


def payload_of(passage: Passage) -> Payload:
    """What is stored beside the vectors; the text is the original one."""
    return {
        DOC_ID_FIELD: passage.doc_id,
        "position": passage.position,
        "title": passage.title,
        "section": list(passage.section),
        LANG_FIELD: passage.lang.value,
        TEXT_FIELD: passage.text,
        "tokens": passage.tokens,
        "first_line": passage.first_line,
        "last_line": passage.last_line,
        "start": passage.start,
        SECTION_FIELD: passage.section_number,
        "place": passage.place,
        "lead": passage.lead,
        "twin": passage.twin,
        ROOT_FIELD: passage.root,
    }


def passage_of(payload: Mapping[str, object]) -> Passage:
    """The passage behind a stored payload.

    Raises:
        pydantic.ValidationError: it is not one that `payload_of` made.
    """
    return _PASSAGE.validate_python(dict(payload))
