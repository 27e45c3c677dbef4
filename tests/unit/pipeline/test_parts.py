"""Parts of large files of lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline import documents
from infra.pipeline.documents import SUFFIXES, read_documents, sources_of
from infra.pipeline.files import find_files
from infra.pipeline.parts import Part, line_parts


@given(lines=st.lists(st.binary(max_size=30), max_size=60), size=st.integers(1, 100))
def test_parts_are_whole_lines_of_the_file(
    lines: list[bytes], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing is lost or doubled, each part begins a line, and its number is right."""
    data = b"\n".join(lines)
    path = tmp_path_factory.mktemp("parts") / "x.jsonl"
    path.write_bytes(b"x" + data)
    data = path.read_bytes()
    found = line_parts(path, len(data), part_bytes=size)
    position = 0
    for part in found:
        assert part.offset == position
        assert part.first_line == data.count(b"\n", 0, position) + 1
        assert position == 0 or data[position - 1 : position] == b"\n"
        position += part.size_bytes
    assert position == len(data)
    longest = max(map(len, data.split(b"\n"))) + 1
    assert all(part.size_bytes <= size + longest for part in found)


@pytest.mark.parametrize("data", ["a\nb\n".encode("utf-16"), b"short\n"])
def test_one_part(tmp_path: Path, data: bytes) -> None:
    """A small file is not parted, nor one in which a byte 10 may be half a letter."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    size = 2 if data.startswith(b"\xff") else 100
    assert line_parts(path, len(data), part_bytes=size) == [Part(0, len(data), 1)]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Whoever reads it tells why."""
    assert line_parts(tmp_path / "x.jsonl", 500, part_bytes=10) == [Part(0, 500, 1)]


def test_records_are_those_of_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids and line numbers do not tell in how many parts a file was read."""
    records = [{"text": f"Запись {number}."} for number in range(50)]
    records[30]["id"] = "named"
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    (tmp_path / "x.jsonl").write_text(lines, encoding="utf-8")
    whole = read_documents([str(tmp_path)])

    def small(path: Path, size_bytes: int) -> list[Part]:
        return line_parts(path, size_bytes, part_bytes=200)

    monkeypatch.setattr(documents, "line_parts", small)
    sources = sources_of(find_files([str(tmp_path)], root=None, suffixes=SUFFIXES))
    assert len(sources) > 5
    assert read_documents([str(tmp_path)]) == whole
    assert whole[30].doc_id == "x.jsonl#named"
    assert whole[31].place_of(0) == "x.jsonl line 32"
