"""File operations that survive a crash in the middle. Paths and bytes only."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_BLOCK = 1 << 20
_ZEROS = bytes(_BLOCK)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: after a crash it holds either the old or the new bytes."""
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder; runs of zeros stay holes, which most of a fresh write-ahead log is."""
    shutil.copytree(source, target, copy_function=_copy_sparse)


def sync_folder(folder: Path) -> None:
    """Wait until every file below `folder` is on disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all it holds; one that is already gone is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def _copy_sparse(source: str, target: str) -> str:
    with Path(source).open("rb") as reader, Path(target).open("wb") as writer:
        while block := reader.read(_BLOCK):
            if block == _ZEROS[: len(block)]:
                writer.seek(len(block), os.SEEK_CUR)
            else:
                writer.write(block)
        writer.truncate()
    return target
