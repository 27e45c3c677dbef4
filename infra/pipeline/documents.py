"""Reads the files that a user names: text and Markdown, UTF-8, all problems in one error.

Knows the file system and nothing of passages, models or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.errors import InputFileError
from infra.pipeline.files import FoundFile, Problem, find_files
from infra.pipeline.markdown import first_heading
from infra.pipeline.records import Document

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
SUFFIXES = MARKDOWN_SUFFIXES | {".txt"}

# A lesson is kilobytes; a file past this is an export or a log that was named by mistake.
MAX_FILE_BYTES = 16 * 1024 * 1024

# Control characters that do occur in text files: tab, line feed, form feed, carriage return.
_TEXT_CONTROLS = frozenset("\t\n\f\r")


def read_documents(paths: Sequence[str], *, root: Path | None = None) -> list[Document]:
    """Read every text and Markdown file that `paths` name, in the order of their `doc_id`.

    A path is a file, a folder (walked, hidden entries left out) or a glob pattern. `root` is the
    folder that each `doc_id` is relative to; without it, the root is the folder given, the folder
    of the file given, or the part of a pattern before its first wildcard.

    Raises:
        InputFileError: any path or file cannot be used; all of them are listed.
    """
    found, problems = find_files(paths, root=root, suffixes=SUFFIXES)
    documents: dict[str, Document] = {}
    origin: dict[str, Path] = {}
    for file in found:
        if file.doc_id in documents:
            reason = f"would get the id of {origin[file.doc_id]}; give --root, a folder above both"
            problems.append(Problem(str(file.path), reason))
            continue
        document = _read(file, problems)
        if document is not None:
            documents[file.doc_id] = document
            origin[file.doc_id] = file.path
    if problems:
        raise _input_error(problems)
    return [documents[doc_id] for doc_id in sorted(documents)]


def _read(file: FoundFile, problems: list[Problem]) -> Document | None:
    try:
        text = _text_of(file.path)
    except OSError as error:
        problems.append(Problem(str(file.path), f"cannot be read ({error.strerror or error})"))
        return None
    except ValueError as error:
        problems.append(Problem(str(file.path), str(error)))
        return None
    is_markdown = file.path.suffix.lower() in MARKDOWN_SUFFIXES
    heading = first_heading(text) if is_markdown else None
    return Document(
        doc_id=file.doc_id,
        title=heading or file.path.stem,
        text=text,
        is_markdown=is_markdown,
    )


def _text_of(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ValueError(f"has {size} bytes, more than {MAX_FILE_BYTES}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 text (byte {error.start})") from error
    for index, character in enumerate(text):
        if character < " " and character not in _TEXT_CONTROLS:
            raise ValueError(f"is binary, not text (control character at {index})")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ValueError("holds no text")
    return text


def _input_error(problems: Iterable[Problem]) -> InputFileError:
    listed = sorted(problems)
    count = len(listed)
    noun = "path" if count == 1 else "paths"
    lines = "\n".join(f"  {problem.path}: {problem.reason}" for problem in listed)
    return InputFileError(
        f"{count} {noun} cannot be indexed, so nothing was",
        why=f"documents are UTF-8 files named {', '.join(sorted(SUFFIXES))}\n{lines}",
        remedy="correct or leave out what is listed, then run the same command again",
    )
