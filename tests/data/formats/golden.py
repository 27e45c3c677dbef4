"""What each good sample reads as, as text that a reviewer reads.

`python tests/data/formats/golden.py` writes `golden/` anew, for a change that is meant.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.pipeline.readers import JsonlFields, ReadDocument, ReadOptions
from infra.pipeline.readers.read import read_format

HERE = Path(__file__).resolve().parent
OPTIONS = {
    "laws-ru.jsonl": ReadOptions(jsonl=JsonlFields(text="body", title="name", id="slug")),
}
"""How a sample is read where the defaults do not fit."""


def golden_of(sample: Path) -> str:
    """All that is read out of a sample."""
    documents = read_format(sample.name, sample.read_bytes(), OPTIONS.get(sample.name))
    return "\n".join(map(_written, documents))


def _written(document: ReadDocument) -> str:
    kind = "Markdown" if document.is_markdown else "plain paragraphs"
    hint = document.language_hint.value if document.language_hint else "none"
    facts = [
        f"title: {document.title}",
        f"text: {kind}, {len(document.text)} characters; encoding: {document.encoding or 'none'}",
        f"language hint: {hint}; record id: {document.record_id or 'none'}",
    ]
    places = [
        f"  {place.source}: {document.text[place.start : place.start + 40]!r}"
        for place in document.places
    ]
    return "\n".join([*facts, "places:", *places, "-" * 72, document.text, "=" * 72, ""])


def main() -> None:
    """Write a golden for each good sample."""
    folder = HERE / "golden"
    folder.mkdir(exist_ok=True)
    for sample in sorted((HERE / "good").iterdir()):
        (folder / f"{sample.name}.txt").write_text(golden_of(sample), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
