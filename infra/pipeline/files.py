"""Finds files behind the paths, folders and patterns that a user names. Reads no file."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One path that cannot be used, and why."""

    path: str
    reason: str


class FoundFile(NamedTuple):
    """One file and the id of its document."""

    path: Path
    doc_id: str


def find_files(
    paths: Sequence[str], *, root: Path | None, suffixes: Collection[str]
) -> tuple[list[FoundFile], list[Problem]]:
    """The files behind `paths`, each once, and the paths that lead to none.

    A file that is reached twice keeps the id of the first time. The order depends on the paths and
    the file names only, never on the file system.
    """
    found: dict[Path, FoundFile] = {}
    problems: list[Problem] = []
    for given in paths:
        for path, own_root in _expand(given, suffixes, problems):
            base = root or own_root
            doc_id = _doc_id(path, base)
            if doc_id is None:
                problems.append(Problem(str(path), f"lies outside the root {base}"))
            else:
                found.setdefault(path.resolve(), FoundFile(path, doc_id))
    return list(found.values()), problems


def _expand(
    given: str, suffixes: Collection[str], problems: list[Problem]
) -> Iterator[tuple[Path, Path]]:
    """Each usable file behind one argument, with the root that it implies."""
    path = Path(given)
    kinds = ", ".join(sorted(suffixes))
    if path.is_dir():
        files = [file for file in _walk(path, problems) if file.suffix.lower() in suffixes]
        if not files:
            problems.append(Problem(given, f"holds no {kinds} file"))
        yield from ((file, path) for file in files)
    elif os.path.lexists(path):
        if path.suffix.lower() in suffixes:
            yield path, path.parent
        else:
            problems.append(Problem(given, f"is not one of {kinds}"))
    elif glob.has_magic(given):
        own_root, pattern = _parted(path)
        matches = _matches(own_root, pattern, problems)
        files = [file for file in matches if file.suffix.lower() in suffixes]
        if not files:
            problems.append(Problem(given, f"matches no {kinds} file"))
        yield from ((file, own_root) for file in files)
    else:
        problems.append(Problem(given, "does not exist"))


def _matches(root: Path, pattern: str, problems: list[Problem]) -> Iterator[Path]:
    for match in sorted(root.glob(pattern)):
        if any(part.startswith(".") for part in match.relative_to(root).parts):
            continue
        if match.is_dir():
            yield from _walk(match, problems)
        else:
            yield match


def _parted(pattern: Path) -> tuple[Path, str]:
    """The folder before the first wildcard, and the rest of the pattern."""
    parts = pattern.parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first]), str(Path(*parts[first:]))


def _walk(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    def report(error: OSError) -> None:
        reason = f"cannot be opened ({error.strerror})"
        problems.append(Problem(str(error.filename), reason))

    for here, folders, files in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(here) / name


def _doc_id(path: Path, base: Path) -> str | None:
    # Links are not followed: a file keeps the name that the user sees. macOS hands out decomposed
    # names, which would be other ids for the same lesson.
    try:
        relative = _plain(path).relative_to(_plain(base))
    except ValueError:
        return None
    return unicodedata.normalize("NFC", relative.as_posix())


def _plain(path: Path) -> Path:
    """Absolute and without `..`, links untouched."""
    return Path(os.path.normpath(path.absolute()))
