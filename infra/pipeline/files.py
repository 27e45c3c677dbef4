"""Finds files behind the paths, folders and patterns that a user names. Reads no file."""

from __future__ import annotations

import glob
import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One path that cannot be used, and why."""

    path: str
    reason: str


class FoundFile(NamedTuple):
    """One file, the id of its document, its root's id and its size; -1 where that is unknown."""

    path: Path
    doc_id: str
    root: str
    size_bytes: int


class Scope(NamedTuple):
    """What a folder that was walked accounts for: documents of a root whose ids start so."""

    root: str
    prefix: str


@dataclass(kw_only=True, slots=True)
class Selection:
    """What paths lead to.

    `scopes` are the folders given; `loose` are the paths given that are no folder, so that nobody
    can say what is missing there. `left_out` counts files of other kinds in folders by suffix.
    """

    files: list[FoundFile] = field(default_factory=list[FoundFile])
    problems: list[Problem] = field(default_factory=list[Problem])
    scopes: list[Scope] = field(default_factory=list[Scope])
    loose: list[str] = field(default_factory=list[str])
    left_out: Counter[str] = field(default_factory=Counter[str])


def find_files(
    paths: Sequence[str],
    *,
    root: Path | None,
    suffixes: Collection[str],
    root_name: str | None = None,
) -> Selection:
    """The files behind `paths`, each once, and the paths that lead to none.

    A file that is reached twice keeps the id of the first time; two files with one id are a
    problem. The order depends on the paths and the file names only, never on the file system.
    """
    selection = Selection()
    found: dict[Path, FoundFile] = {}
    origin: dict[str, Path] = {}
    for given in paths:
        for path, own_root in _expand(given, suffixes, selection):
            base = root or own_root
            doc_id = _relative(path, base)
            key = path.resolve()
            if key in found:
                continue
            if doc_id is None:
                selection.problems.append(Problem(str(path), f"lies outside the root {base}"))
            elif doc_id in origin:
                reason = f"would get the id of {origin[doc_id]}; give --root, a folder above both"
                selection.problems.append(Problem(str(path), reason))
            else:
                origin[doc_id] = path
                root_of_file = root_id(base, root_name)
                found[key] = FoundFile(path, doc_id, root_of_file, _size_bytes(path))
        _note_scope(given, root, root_name, selection)
    selection.files = list(found.values())
    return selection


def root_id(base: Path, name: str | None = None) -> str:
    """Tells one root from others: `name`, or a digest of where the folder is on this machine.

    A digest, since folder names of a machine are nobody's business in a shared store.
    """
    if name is not None:
        return name
    place = unicodedata.normalize("NFC", _plain(base).as_posix())
    return f"folder-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def _note_scope(given: str, root: Path | None, root_name: str | None, selection: Selection) -> None:
    folder = Path(given)
    if not folder.is_dir():
        selection.loose.append(given)
        return
    base = root or folder
    relative = _relative(folder, base)
    if relative is not None:
        prefix = "" if relative == "." else f"{relative}/"
        selection.scopes.append(Scope(root_id(base, root_name), prefix))


def _expand(
    given: str, suffixes: Collection[str], selection: Selection
) -> Iterator[tuple[Path, Path]]:
    """Each usable file behind one argument, with the root that it implies."""
    path = Path(given)
    problems = selection.problems
    kinds = ", ".join(sorted(suffixes))
    if path.is_dir():
        files = list(_of_kind(_walk(path, problems), suffixes, selection.left_out))
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
        files = list(_of_kind(matches, suffixes, selection.left_out))
        if not files:
            problems.append(Problem(given, f"matches no {kinds} file"))
        yield from ((file, own_root) for file in files)
    else:
        problems.append(Problem(given, "does not exist"))


def _of_kind(
    files: Iterator[Path], suffixes: Collection[str], left_out: Counter[str]
) -> Iterator[Path]:
    for file in files:
        suffix = file.suffix.lower()
        if suffix in suffixes:
            yield file
        else:
            left_out[suffix or "no suffix"] += 1


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


def _relative(path: Path, base: Path) -> str | None:
    # Links are not followed: a file keeps the name that the user sees. macOS hands out decomposed
    # names, which would be other ids for the same lesson.
    try:
        relative = _plain(path).relative_to(_plain(base))
    except ValueError:
        return None
    return unicodedata.normalize("NFC", relative.as_posix())


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1  # reading it will tell why


def _plain(path: Path) -> Path:
    """Absolute and without `..`, links untouched."""
    return Path(os.path.normpath(path.absolute()))
