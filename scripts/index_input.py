"""What `retrieval index` is asked to read: paths, stdin, fields of JSONL records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.errors import UsageError
from infra.pipeline.documents import SUFFIXES, Source, sources_of
from infra.pipeline.files import Selection, find_files
from infra.pipeline.readers import JsonlFields, ReadOptions

STDIN = "-"
_STDIN_ROOT = "stdin"
_DEFAULT_FORMAT = "txt"
_FIELDS = ("text", "title", "id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """The command line's words for what is read."""

    paths: tuple[str, ...]
    root: Path | None = None
    root_name: str | None = None
    jsonl: JsonlFields
    stdin_format: str | None = None
    stdin_name: str = "stdin"

    @property
    def options(self) -> ReadOptions:
        """What the readers are told."""
        return ReadOptions(jsonl=self.jsonl)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the input leads to; nothing of it but stdin is read yet."""

    given: Input
    selection: Selection
    sources: list[Source]

    @property
    def files(self) -> int:
        """How many files there are to read, stdin included."""
        return len({source.label for source in self.sources})


def given_input(given: Input, *, stdin: IO[bytes]) -> Found:
    """Find the files, and take stdin where it is asked for.

    Raises:
        UsageError: nothing was given, or the format of stdin is unknown.
    """
    if not given.paths:
        raise UsageError(
            "there is nothing to index",
            why="no path was given",
            remedy="give files, folders or patterns: `retrieval index lessons`; `-` reads stdin",
        )
    selection = find_files(
        [path for path in given.paths if path != STDIN],
        root=given.root,
        suffixes=SUFFIXES,
        root_name=given.root_name,
    )
    sources = sources_of(selection)
    if STDIN in given.paths:
        selection.loose.append(STDIN)
        sources.append(_stdin_source(given, stdin))
    return Found(given=given, selection=selection, sources=sources)


def jsonl_fields(pairs: Sequence[str], *, is_markdown: bool) -> JsonlFields:
    """The `--field` options as the reader takes them.

    Raises:
        UsageError: one is no pair, or names something else than text, title and id.
    """
    chosen: dict[str, str] = {}
    for pair in pairs:
        what, _, key = pair.partition("=")
        if what not in _FIELDS or not key:
            raise UsageError(
                f"--field {pair}",
                why=f"a pair is wanted whose first half is one of {', '.join(_FIELDS)}",
                remedy="name the key of your records: `--field text=body --field title=meta.name`",
            )
        chosen[what] = key
    return JsonlFields(
        text=chosen.get("text", JsonlFields().text),
        title=chosen.get("title"),
        id=chosen.get("id"),
        is_markdown=is_markdown,
    )


def _stdin_source(given: Input, stdin: IO[bytes]) -> Source:
    told = Path(given.stdin_name).suffix.lower()
    wanted = given.stdin_format or (told if told in SUFFIXES else _DEFAULT_FORMAT)
    suffix = f".{wanted.lower().removeprefix('.')}"
    if suffix not in SUFFIXES:
        formats = ", ".join(sorted(known.removeprefix(".") for known in SUFFIXES))
        raise UsageError(
            f"--stdin-format {given.stdin_format}",
            why=f"the known formats are {formats}",
            remedy="give one of them",
        )
    # One byte more than may be read is enough to be refused.
    data = stdin.read(given.options.limits.max_bytes + 1)
    name = given.stdin_name if told == suffix else f"{given.stdin_name}{suffix}"
    return Source(
        label="stdin",
        name=name,
        doc_id=given.stdin_name,
        root=given.root_name or _STDIN_ROOT,
        size_bytes=len(data),
        data=data,
    )
