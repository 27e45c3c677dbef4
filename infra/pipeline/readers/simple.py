"""Reads the formats that need no library, and makes the checks that all formats share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from infra.pipeline.readers.decode import refuse_garbled
from infra.pipeline.readers.formats import Format
from infra.pipeline.readers.jsonl import read_jsonl
from infra.pipeline.readers.plain import read_markdown, read_text
from infra.pipeline.readers.records import (
    MIB,
    ReadDocument,
    ReadLimits,
    ReadOptions,
    UnreadableDocumentError,
)

SIMPLE_FORMATS = frozenset({Format.TEXT, Format.MARKDOWN, Format.JSONL})


def read_simple(name: str, data: bytes, found: Format, options: ReadOptions) -> list[ReadDocument]:
    """The documents of a file in one of `SIMPLE_FORMATS`.

    Raises:
        UnreadableDocumentError: with the one reason.
    """
    stem = PurePosixPath(name).stem
    if found is Format.JSONL:
        documents = read_jsonl(data, stem, fields=options.jsonl, limits=options.limits)
    elif found is Format.MARKDOWN:
        documents = [read_markdown(data, stem)]
    else:
        documents = [read_text(data, stem)]
    return checked(documents, options.limits)


def check_size(data: bytes, limits: ReadLimits) -> None:
    """Refuse a file that is empty or too large.

    Raises:
        UnreadableDocumentError: it is one of the two.
    """
    if not data:
        raise UnreadableDocumentError("is empty")
    if len(data) > limits.max_bytes:
        size = f"{len(data) / MIB:.1f} MiB"
        raise UnreadableDocumentError(f"has {size}, more than {limits.max_bytes / MIB:g} MiB")


def checked(documents: Sequence[ReadDocument], limits: ReadLimits) -> list[ReadDocument]:
    """`documents`, when each holds text that was not spoiled before it came here.

    Raises:
        UnreadableDocumentError: one does not.
    """
    if not any(document.text.strip() for document in documents):
        raise UnreadableDocumentError("holds no text")
    for document in documents:
        if len(document.text) > limits.max_characters:
            reason = f"holds more than {limits.max_characters} characters of text"
            raise UnreadableDocumentError(reason)
        refuse_garbled(document.text)
    return list(documents)
