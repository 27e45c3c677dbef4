"""Every format in both languages as a reviewer reads it, and every damage with its one reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.pipeline.readers import FORMATS, UnreadableDocumentError
from infra.pipeline.readers.read import read_format

DATA = Path(__file__).resolve().parents[3] / "data" / "formats"
GOOD = sorted((DATA / "good").iterdir())

REASONS = {
    "bad-line.jsonl": "line 2 is not JSON (at its character 15) (and 1 more such lines)",
    "bad-times.srt": "line 2 has times that cannot be read",
    "binary.txt": "is binary, not text (control character at 2)",
    "blank.md": "holds no text",
    "bomb.docx": "unpacks to more than 64 MiB of XML",
    "broken-xml.docx": "is a damaged DOCX (in its part word/document.xml)",
    "broken.pdf": "is a damaged PDF",
    "cut-utf8.md": "is UTF-8 text that is damaged at byte 190",
    "cut.docx": "is a damaged DOCX (its ZIP archive is broken)",
    "cut.pdf": "is cut off: the end of the PDF is missing",
    "deep.html": "nests its elements deeper than 128",
    "document.txt": "is named .txt but is a PDF",
    "empty.txt": "is empty",
    "encoded-twice.txt": "has text that was encoded twice (it reads like “РџСЂРёРІРµС‚”)",
    "entities.docx": "declares a document type in its XML, as no DOCX does",
    "greek.txt": "is not UTF-8 (byte 0), and not clearly Russian in one other code page; "
    "convert it to UTF-8",
    "half-character.jsonl": "line 1 has half a character in field 'text'",
    "headless.vtt": "does not begin with WEBVTT",
    "locked.docx": "is encrypted; save it without a password",
    "locked.pdf": "is encrypted; save it without a password",
    "lost-letters.md": "has lost 10 characters (they read as \ufffd): it was decoded wrongly "
    "before",
    "nameless-letters.pdf": "has Russian letters stored as Western ones (they read like “Ïðèâåò”): "
    "its code page or fonts are wrong",
    "no-cue.srt": "does not begin with a cue",
    "no-field.jsonl": "line 2 has no field 'text'",
    "no-text.docx": "holds no text",
    "only-menu.html": "holds no text",
    "open.html": "leaves more than 5000 elements open",
    "page.txt": "is named .txt but is an HTML page",
    "picture.pdf": "is named .pdf but is a PNG picture",
    "same-id.jsonl": "line 2 has the id of line 1: a",
    "scan.pdf": "is a scan: 2 of 2 pages are pictures without a text layer; run text recognition "
    "(OCR) on it first",
    "sheet.docx": "is named .docx but is an XLSX sheet",
    "text.docx": "is named .docx but is not a DOCX",
    "too-short.txt": "is not UTF-8 (byte 0), and not clearly Russian in one other code page; "
    "convert it to UTF-8",
    "western-letters.txt": "has Russian letters stored as Western ones (they read like “Ïðèâåò”): "
    "its code page or fonts are wrong",
    "wrong-charset.html": "says that it is koi8-r, but it reads as cp1251",
}


@pytest.mark.parametrize("sample", GOOD, ids=lambda path: path.name)
def test_a_sample_reads_as_its_golden(sample: Path, golden_of: Callable[[Path], str]) -> None:
    """Text, title, places and language hint are those that were reviewed."""
    golden = DATA / "golden" / f"{sample.name}.txt"
    assert golden_of(sample) == golden.read_text(encoding="utf-8")


def test_every_suffix_and_every_golden_has_a_sample() -> None:
    """No format is without a sample but the second names of HTML and Markdown, no golden is old."""
    assert {path.suffix for path in GOOD} == set(FORMATS) - {".xhtml"}
    goldens = {path.name for path in (DATA / "golden").iterdir()}
    assert goldens == {f"{path.name}.txt" for path in GOOD}


@pytest.mark.parametrize("sample", GOOD, ids=lambda path: path.name)
def test_places_lie_in_the_text_in_order(sample: Path) -> None:
    """Each place begins at a character of the text, and none before the one above it."""
    for document in read_format(sample.name, sample.read_bytes()) if _by_default(sample) else []:
        starts = [place.start for place in document.places]
        assert starts == sorted(set(starts))
        assert all(not document.text[start].isspace() for start in starts)


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "damaged").iterdir()))
def test_a_damaged_file_is_refused_with_its_reason(name: str) -> None:
    """Each kind of damage ends in one line in our own words."""
    with pytest.raises(UnreadableDocumentError) as caught:
        read_format(name, (DATA / "damaged" / name).read_bytes())
    assert str(caught.value) == REASONS[name]


@pytest.mark.runs("python")
def test_the_samples_are_what_the_script_makes() -> None:
    """A sample was not edited by hand; PDFs and the bomb cannot be compared byte by byte."""
    done = subprocess.run(
        [sys.executable, str(DATA / "make_samples.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def _by_default(sample: Path) -> bool:
    return sample.name != "laws-ru.jsonl"  # its fields have other names
