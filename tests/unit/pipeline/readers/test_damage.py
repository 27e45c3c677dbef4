"""Random damage to every sample: it is read or refused, and nothing else ever comes out."""

from __future__ import annotations

import contextlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.pipeline.readers import UnreadableDocumentError
from infra.pipeline.readers.read import read_format

GOOD = Path(__file__).resolve().parents[3] / "data" / "formats" / "good"
TEXT = sorted(path for path in GOOD.iterdir() if path.suffix not in {".pdf", ".docx"})
PIECES = st.sampled_from(
    [
        b"<div>",
        b"</p>",
        b"<td colspan=99>",
        b"<math><mfrac>",
        b"-->",
        b"[[",
        b"\xff\xfe",
        b"\xd0",
        b"",
    ]
)
# (where, how much goes, what comes in its place), as shares of the file
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), PIECES), min_size=1, max_size=6)
# The same cases every time: a new find belongs into a commit of its own, not into somebody's run.
repeatable = settings(
    max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow], deadline=None
)


def damaged(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, piece in changes:
        start = int(where * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


def check_read_or_refused(name: str, data: bytes) -> None:
    with contextlib.suppress(UnreadableDocumentError):
        documents = read_format(name, data)
        assert all(document.text.strip() for document in documents)


@pytest.mark.parametrize("sample", TEXT, ids=lambda path: path.name)
@repeatable
@given(changes=CHANGES)
def test_text_formats(sample: Path, changes: list[tuple[float, int, bytes]]) -> None:
    """Pieces lost, doubled and put in."""
    check_read_or_refused(sample.name, damaged(sample.read_bytes(), changes))


@pytest.mark.parametrize("name", ["sound-ru.pdf", "light-en.pdf"])
@repeatable
@given(changes=CHANGES, end=st.booleans())
def test_pdf(name: str, changes: list[tuple[float, int, bytes]], end: bool) -> None:
    """The library repairs much; what it gives then is still text, or a reason."""
    data = damaged((GOOD / name).read_bytes(), changes)
    check_read_or_refused(name, data + b"\n%%EOF\n" if end else data)


@pytest.mark.parametrize("part", ["document", "styles", "numbering", "footnotes"])
@repeatable
@given(where=st.floats(0, 1), length=st.integers(0, 40), doubled=st.booleans())
def test_docx(part: str, where: float, length: int, doubled: bool) -> None:
    """Elements of a part lost or doubled, in an archive that is whole."""
    with zipfile.ZipFile(GOOD / "pendulum-ru.docx") as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    name = f"word/{part}.xml"
    tags = parts[name].split("<")
    start = 1 + int(where * (len(tags) - 1))
    cut = tags[start : start + length]
    parts[name] = "<".join([*tags[:start], *cut * 2 * doubled, *tags[start + length :]])
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for other, content in parts.items():
            archive.writestr(other, content)
    check_read_or_refused("a.docx", packed.getvalue())
