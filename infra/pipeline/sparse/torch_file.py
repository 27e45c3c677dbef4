"""Reads the tensors of a small `torch.save` file without PyTorch and without running its pickle.

The file is a zip archive: `<name>/data.pkl` names the tensors, `<name>/data/<key>` holds the
numbers of each. Unpickling would run whatever the file says, so the instructions of the pickle are
only walked (`pickle_walk.py`): those that a dictionary of plain tensors needs are known, any other
is refused.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from infra.pipeline.sparse.pickle_walk import Tensor, walk
from infra.pipeline.sparse.tensors import numbers
from infra.pipeline.sparse.unusable import UnusableError

_MOST_BYTES = 1_000_000
# Beside the pickle and the numbers PyTorch writes these, which say nothing that is needed.
_NOTES = {"version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"}


def read_torch(path: Path) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Every tensor by name.

    Raises:
        UnusableError: it is not such a file, or its pickle asks for more than plain tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = _parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnusableError(
            f"it is not a zip archive as `torch.save` writes it: {error}"
        ) from error
    if "data.pkl" not in parts:
        raise UnusableError("it holds no data.pkl: it was not written by `torch.save`")
    if parts.get("byteorder", b"little") != b"little":
        raise UnusableError("its numbers are not little-endian")
    tensors = walk(parts["data.pkl"])
    return {name: _numbers(tensor, parts) for name, tensor in tensors.items()}


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The files of the archive, below their one folder."""
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise UnusableError(
            f"it unpacks to more than {_MOST_BYTES} bytes; a head has some thousand"
        )
    folders = {entry.filename.partition("/")[0] for entry in entries}
    if len(folders) != 1:
        raise UnusableError(f"it holds {len(folders)} folders, a saved tensor one")
    parts: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename.partition("/")[2]
        if name != "data.pkl" and name not in _NOTES and not _is_storage(name):
            raise UnusableError(f"it holds {entry.filename!r}, which a saved tensor does not have")
        parts[name] = archive.read(entry)
    return parts


def _is_storage(name: str) -> bool:
    folder, _, key = name.partition("/")
    return folder == "data" and key.isascii() and key.isdigit()


def _numbers(tensor: Tensor, parts: dict[str, bytes]) -> np.ndarray[Any, np.dtype[np.float32]]:
    storage = tensor.storage
    raw = parts.get(f"data/{storage.key}")
    if raw is None:
        raise UnusableError(f"its storage {storage.key!r} is missing")
    if tensor.offset != 0 or math.prod(tensor.shape) != storage.count:
        raise UnusableError("a tensor in it is a part of a larger one")
    if not _is_plain(tensor):
        raise UnusableError("a tensor in it is not stored row by row")
    return numbers(raw, storage.kind, storage.count)


def _is_plain(tensor: Tensor) -> bool:
    """Whether the numbers lie in the order of the shape; strides of single rows do not matter."""
    wanted = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.strides), strict=True):
        if size != 1 and stride != wanted:
            return False
        wanted *= size
    return True
