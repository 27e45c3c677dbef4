"""Reads the files of a judged set and collects what is wrong in them, for one error at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infra.errors import InputFileError

# Past these many a list of problems says nothing new.
_SHOWN = 20


class Problems:
    """What is wrong, line by line."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, path: Path, line: int, reason: str) -> None:
        """Note a problem; `line` counts from 1."""
        self._found.append(f"{path.name}:{line}: {reason}")

    def raise_any(self, *, rule: str) -> None:
        """Raise `InputFileError` with all of them, if any; `rule` says what is expected."""
        if not self._found:
            return
        lines = [f"\n  {problem}" for problem in self._found[:_SHOWN]]
        if len(self._found) > _SHOWN:
            lines.append(f"\n  and {len(self._found) - _SHOWN} more")
        raise InputFileError(
            f"the judged queries cannot be used, {len(self._found)} problems",
            why=f"{rule}{''.join(lines)}",
            remedy="correct the lines named above; docs/quality.md shows each format",
        )


def text_of(path: Path) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        InputFileError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InputFileError(
            f"{path} cannot be read",
            why=str(reason),
            remedy="name a readable file of judged queries",
        ) from error


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1.

    Raises:
        InputFileError: the file cannot be read.
    """
    # Only line feeds part lines: a text may hold U+2028 and its like.
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")
