"""Reads the documents that a user names, of all formats, one file at a time.

Knows the file system and nothing of passages, models or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from infra.errors import InputFileError
from infra.pipeline.files import FoundFile, Problem, Selection, find_files
from infra.pipeline.parts import Part, line_parts
from infra.pipeline.readers import (
    FORMATS,
    FileReader,
    Format,
    ReadDocument,
    ReadOptions,
    UnreadableDocumentError,
)
from infra.pipeline.readers.records import MIB
from infra.pipeline.records import Document

SUFFIXES = frozenset(FORMATS)

RECORD_MARK = "#"
"""Between a file's id and a record's own in the ids of documents out of JSONL files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One file, or what came in without one, that has not been read yet.

    `name` tells the format by its suffix; `label` names the source in messages. `data` holds the
    bytes of what is no file. A large JSONL file is several sources, each with a `part` of it.
    """

    label: str
    name: str
    doc_id: str
    root: str
    size_bytes: int
    path: Path | None = None
    data: bytes = b""
    part: Part | None = None

    def read(self, reader: FileReader, options: ReadOptions) -> list[Document]:
        """Its documents: one, or those of the records of a JSONL file.

        Raises:
            UnreadableDocumentError: with the one reason.
        """
        read = reader.read(self.name, self._bytes(options.limits.max_bytes))
        return [self._document(document) for document in read]

    def owns(self, doc_id: str) -> bool:
        """Whether a document of that id comes out of this source."""
        return doc_id == self.doc_id or (
            self._is_jsonl and doc_id.startswith(self.doc_id + RECORD_MARK)
        )

    @property
    def _is_jsonl(self) -> bool:
        return _is_jsonl(self.name)

    def _bytes(self, most: int) -> bytes:
        if self.path is None:
            return self.data
        if self.size_bytes > most:
            reason = f"has {self.size_bytes / MIB:.1f} MiB, more than {most / MIB:g} MiB"
            raise UnreadableDocumentError(reason)
        try:
            with self.path.open("rb") as file:
                if self.part is None:
                    # One more than may be read is enough to be refused; a file may have grown.
                    return file.read(most + 1)
                file.seek(self.part.offset)
                # As many blank lines as stand before it, so that the reader counts as the file.
                return b"\n" * (self.part.first_line - 1) + file.read(self.part.size_bytes)
        except OSError as error:
            reason = f"cannot be read ({error.strerror or error})"
            raise UnreadableDocumentError(reason) from error

    def _document(self, read: ReadDocument) -> Document:
        is_record = self._is_jsonl and read.record_id is not None
        return Document(
            doc_id=f"{self.doc_id}{RECORD_MARK}{read.record_id}" if is_record else self.doc_id,
            title=read.title,
            text=read.text,
            is_markdown=read.is_markdown,
            places=tuple((place.start, f"{self.doc_id} {place.source}") for place in read.places),
            language_hint=read.language_hint,
            root=self.root,
        )


def sources_of(selection: Selection) -> list[Source]:
    """The files of a selection in the order of their `doc_id`."""
    ordered = sorted(selection.files, key=lambda file: file.doc_id)
    return [source for file in ordered for source in _sources(file)]


def read_documents(
    paths: Sequence[str], *, root: Path | None = None, options: ReadOptions | None = None
) -> list[Document]:
    """Read everything that `paths` name, in the order of `doc_id`; for what fits in memory.

    A path is a file, a folder (walked, hidden entries left out) or a glob pattern. `root` is the
    folder that each `doc_id` is relative to; without it, the root is the folder given, the folder
    of the file given, or the part of a pattern before its first wildcard.

    Raises:
        InputFileError: any path or file cannot be used; all of them are listed.
    """
    options = options or ReadOptions()
    selection = find_files(paths, root=root, suffixes=SUFFIXES)
    problems = list(selection.problems)
    documents: list[Document] = []
    with FileReader(options) as reader:
        for source in sources_of(selection):
            try:
                documents.extend(source.read(reader, options))
            except UnreadableDocumentError as error:
                problems.append(Problem(source.label, str(error)))
    if problems:
        raise unusable(problems)
    return documents


def unusable(problems: Iterable[Problem]) -> InputFileError:
    """The error for a run that must not begin."""
    listed = sorted(problems)
    count = len(listed)
    noun = "path" if count == 1 else "paths"
    lines = "\n".join(f"  {problem.path}: {problem.reason}" for problem in listed)
    return InputFileError(
        f"{count} {noun} cannot be indexed, so nothing was",
        why=f"documents are files named {', '.join(sorted(SUFFIXES))}\n{lines}",
        remedy="correct or leave out what is listed, then run the same command again",
    )


def _sources(file: FoundFile) -> list[Source]:
    whole = Source(
        label=str(file.path),
        name=file.path.name,
        doc_id=file.doc_id,
        root=file.root,
        size_bytes=file.size_bytes,
        path=file.path,
    )
    parts = line_parts(file.path, file.size_bytes) if _is_jsonl(whole.name) else []
    if len(parts) < 2:
        return [whole]
    return [replace(whole, size_bytes=part.size_bytes, part=part) for part in parts]


def _is_jsonl(name: str) -> bool:
    return FORMATS.get(PurePosixPath(name).suffix.lower()) is Format.JSONL
