"""JSONL: fields, ids, and the number of the line where something is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.readers import JsonlFields, ReadDocument, ReadOptions, UnreadableDocumentError
from infra.pipeline.readers.read import read_format


def read(*records: Any, fields: JsonlFields | None = None) -> list[ReadDocument]:
    lines = (line if isinstance(line, str) else json.dumps(line) for line in records)
    options = ReadOptions(jsonl=fields or JsonlFields())
    return read_format("set.jsonl", "\n".join(lines).encode(), options)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@settings(deadline=None)  # time is not what is tested
@given(st.lists(st.dictionaries(st.just("text"), TEXTS, min_size=1), min_size=1, max_size=8))
def test_records_come_back_in_order(records: list[dict[str, str]]) -> None:
    """Each record is one document with its own text, id and line, whatever signs are in it."""
    try:
        documents = read(*[json.dumps(record, ensure_ascii=False) for record in records])
    except UnreadableDocumentError as error:
        assert "decoded wrongly" in str(error) or "stored as Western" in str(error)  # noqa: PT017
        return
    assert [document.text for document in documents] == [record["text"] for record in records]
    numbers = [str(number) for number in range(1, len(records) + 1)]
    assert [document.record_id for document in documents] == numbers
    assert [document.place_of(0) for document in documents] == [f"line {n}" for n in numbers]


def test_fields_are_mapped() -> None:
    """Text, title and id come from where the user says, also from inside."""
    record = {"body": {"ru": "Текст"}, "name": "Имя\n урока", "n": 5}
    fields = JsonlFields(text="body.ru", title="name", id="n")
    document = read(record, fields=fields)[0]
    assert (document.text, document.title, document.record_id) == ("Текст", "Имя урока", "5")


def test_a_key_with_a_dot_is_found_first() -> None:
    """A dot leads inwards only when no key has that name."""
    assert read({"a.b": "x", "a": {"b": "y"}}, fields=JsonlFields(text="a.b"))[0].text == "x"


def test_markdown_records() -> None:
    """Text that is Markdown is said to be so, and its heading is the title."""
    document = read({"text": "# Волны\n\nx"}, fields=JsonlFields(is_markdown=True))[0]
    assert (document.title, document.is_markdown) == ("Волны", True)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (['{"text": "a"}', "", "{"], "line 3 is not JSON (at its character 2)"),
        (["[]"], "line 1 is not a JSON object"),
        (['{"text": null}'], "line 1 has no field 'text'"),
        (['{"text": ["a"]}'], "line 1 has no text in field 'text'"),
        (['{"text": " "}'], "line 1 has an empty field 'text'"),
        (["[" * 100_000], "line 1 nests too deep"),
        (['{"text": 1' + "0" * 5000 + "}"], "line 1 holds a number that is too long"),
    ],
)
def test_a_bad_line_is_named(lines: list[str], reason: str) -> None:
    """The first line that cannot be used is told by its number in the file."""
    with pytest.raises(UnreadableDocumentError) as caught:
        read(*lines)
    assert str(caught.value) == reason


def test_a_named_field_must_be_there() -> None:
    """Title and id are optional until the user says where they are."""
    with pytest.raises(UnreadableDocumentError, match="line 1 has no field 'slug'"):
        read({"text": "a"}, fields=JsonlFields(id="slug"))
