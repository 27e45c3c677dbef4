"""Reads JSONL: each line is a record, and a record is a document.

Knows which key holds what only from `JsonlFields`.
"""

from __future__ import annotations

import json
from typing import Any

from infra.pipeline.markdown import first_heading
from infra.pipeline.readers.decode import decode
from infra.pipeline.readers.language_tag import language_of_tag
from infra.pipeline.readers.records import (
    JsonlFields,
    Place,
    ReadDocument,
    ReadLimits,
    UnreadableDocumentError,
)


def read_jsonl(
    data: bytes, stem: str, *, fields: JsonlFields, limits: ReadLimits
) -> list[ReadDocument]:
    """The records in their order; blank lines are passed over.

    A record without an id gets its line number as one. Two records with one id are a problem, as
    one would replace the other.

    Raises:
        UnreadableDocumentError: a line is no record, or lacks a field; the first such line is
            named with the number of all of them.
    """
    decoded = decode(data)
    documents: list[ReadDocument] = []
    problems: list[str] = []
    lines_of: dict[str, int] = {}
    characters = 0
    # Only `\n` ends a line here: U+2028 and the like may stand unescaped inside a JSON string.
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document = _document(line, number, stem, fields, decoded.encoding)
        except UnreadableDocumentError as error:
            problems.append(f"line {number} {error}")
            continue
        record_id = document.record_id or ""
        if record_id in lines_of:
            problems.append(f"line {number} has the id of line {lines_of[record_id]}: {record_id}")
            continue
        lines_of[record_id] = number
        characters += len(document.text)
        if characters > limits.max_characters:
            reason = f"holds more than {limits.max_characters} characters of text"
            raise UnreadableDocumentError(reason)
        documents.append(document)
    if problems:
        others = f" (and {len(problems) - 1} more such lines)" if len(problems) > 1 else ""
        raise UnreadableDocumentError(f"{problems[0]}{others}")
    return documents


def _document(
    line: str, number: int, stem: str, fields: JsonlFields, encoding: str
) -> ReadDocument:
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        reason = f"is not JSON (at its character {error.pos + 1})"
        raise UnreadableDocumentError(reason) from error
    except RecursionError as error:
        raise UnreadableDocumentError("nests too deep") from error
    except ValueError as error:  # a number with thousands of digits
        raise UnreadableDocumentError("holds a number that is too long") from error
    if not isinstance(record, dict):
        raise UnreadableDocumentError("is not a JSON object")
    text = _field(record, fields.text, required=True)
    if not text.strip():
        raise UnreadableDocumentError(f"has an empty field {fields.text!r}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    title = _field(record, fields.title or "title", required=fields.title is not None)
    record_id = _field(record, fields.id or "id", required=fields.id is not None)
    heading = first_heading(text) if fields.is_markdown else None
    return ReadDocument(
        title=" ".join(title.split()) or heading or f"{stem}, line {number}",
        text=text,
        is_markdown=fields.is_markdown,
        places=(Place(start=0, source=f"line {number}"),),
        language_hint=language_of_tag(_field(record, "lang", required=False)),
        record_id=record_id.strip() or str(number),
        encoding=encoding,
    )


def _field(record: dict[str, Any], key: str, *, required: bool) -> str:
    """The value as text; empty where a field that is not required is missing or of another kind."""
    value: Any = record
    for part in (key,) if key in record else tuple(key.split(".")):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise UnreadableDocumentError(f"has half a character in field {key!r}")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if required:
        kind = "no field" if value is None else "no text in field"
        raise UnreadableDocumentError(f"has {kind} {key!r}")
    return ""
