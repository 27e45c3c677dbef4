"""Writes files as `torch.save` does for a dictionary of tensors, without PyTorch.

The pickle is made by Python's own pickler with stand-ins that carry PyTorch's names, so its
instructions are the ones that PyTorch's pickler writes (protocol 2, storages by persistent id).
"""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

_KINDS = {"<f4": "FloatStorage", "<f2": "HalfStorage", "bf16": "BFloat16Storage"}


class Tensor:
    """Pickles as a tensor whose numbers are in storage `key`."""

    def __init__(self, storage: type, key: str, shape: tuple[int, ...]) -> None:
        self.storage, self.key, self.shape = storage, key, shape

    def __reduce__(self) -> tuple[Any, ...]:
        strides = tuple(int(np.prod(self.shape[at + 1 :])) for at in range(len(self.shape)))
        count = int(np.prod(self.shape))
        reference = _Reference((self.storage, self.key, count))
        arguments = (reference, 0, self.shape, strides, False, OrderedDict())
        return (_rebuild_tensor_v2, arguments)


class _Reference:
    def __init__(self, given: tuple[type, str, int]) -> None:
        self.given = given


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if not isinstance(obj, _Reference):
            return None
        storage, key, count = obj.given
        return ("storage", storage, key, "cpu", count)


def _rebuild_tensor_v2(*_: object) -> None:
    raise AssertionError("nothing may be rebuilt")


def pickled(value: object, monkeypatch: pytest.MonkeyPatch, *, protocol: int = 2) -> bytes:
    """`value` as PyTorch's pickler would write it."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    utils.__dict__["_rebuild_tensor_v2"] = _rebuild_tensor_v2
    for name in _KINDS.values():
        torch.__dict__[name] = storage(name)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    monkeypatch.setattr(_rebuild_tensor_v2, "__module__", "torch._utils")
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=protocol).dump(value)
    return buffer.getvalue()


_STORAGES = {name: type(name, (), {"__module__": "torch"}) for name in _KINDS.values()}


def storage(name: str) -> type:
    """The stand-in for one of PyTorch's storage classes."""
    return _STORAGES[name]


def write(path: Path, parts: Mapping[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip archive of these parts, stored without compression as PyTorch does."""
    with zipfile.ZipFile(path, "w", compression=compression) as archive:
        for name, content in parts.items():
            archive.writestr(f"sparse_linear/{name}", content)
    return path


def raw(numbers: object, kind: str) -> bytes:
    """Little-endian bytes of numbers, as a storage holds them."""
    wide = np.asarray(numbers, dtype="<f4")
    if kind == "bf16":
        return (wide.view("<u4") >> 16).astype("<u2").tobytes()
    return wide.astype(kind).tobytes()


def head_parts(
    weight: object, bias: float, monkeypatch: pytest.MonkeyPatch, *, kind: str = "<f2"
) -> dict[str, bytes]:
    """The parts of a file that holds a head with these numbers."""
    kept = storage(_KINDS[kind])
    count = int(np.size(weight))  # pyright: ignore[reportArgumentType]
    tensors = OrderedDict(weight=Tensor(kept, "0", (1, count)), bias=Tensor(kept, "1", (1,)))
    return {
        "data.pkl": pickled(tensors, monkeypatch),
        "byteorder": b"little",
        "data/0": raw(weight, kind),
        "data/1": raw([bias], kind),
        "version": b"3\n",
    }
