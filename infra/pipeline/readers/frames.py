"""What the reader's process and its parent say to each other: a line of JSON, then bytes.

JSON, because the process reads files of strangers and its parent must not run what it sends.
"""

from __future__ import annotations

import dataclasses
import json
import struct
from typing import Any, Protocol

from infra.pipeline.readers.records import (
    JsonlFields,
    Place,
    ReadDocument,
    ReadLimits,
    ReadOptions,
)
from infra.pipeline.records import Language

HEAD = struct.Struct(">QQ")
"""Before each frame: the lengths of its JSON and of the bytes after it."""


class Source(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes: ...


def frame(message: dict[str, Any], data: bytes = b"") -> bytes:
    """The bytes of one frame."""
    # Halves of characters cannot be sent as UTF-8; escaped they can, and come back as they were.
    text = json.dumps(message, ensure_ascii=True).encode("ascii")
    return HEAD.pack(len(text), len(data)) + text + data


def read_frame(source: Source) -> tuple[dict[str, Any], bytes] | None:
    """The next frame, or None at the end."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    text_length, data_length = HEAD.unpack(head)
    return json.loads(source.read(text_length)), source.read(data_length)


def options_to_json(options: ReadOptions) -> dict[str, Any]:
    return dataclasses.asdict(options)


def options_from_json(value: dict[str, Any]) -> ReadOptions:
    return ReadOptions(limits=ReadLimits(**value["limits"]), jsonl=JsonlFields(**value["jsonl"]))


def document_to_json(document: ReadDocument) -> dict[str, Any]:
    return dataclasses.asdict(document)


def document_from_json(value: dict[str, Any]) -> ReadDocument:
    hint = value["language_hint"]
    return ReadDocument(
        title=str(value["title"]),
        text=str(value["text"]),
        is_markdown=bool(value["is_markdown"]),
        places=tuple(
            Place(start=int(place["start"]), source=str(place["source"]))
            for place in value["places"]
        ),
        language_hint=Language(hint) if hint else None,
        record_id=value["record_id"],
        encoding=value["encoding"],
    )
