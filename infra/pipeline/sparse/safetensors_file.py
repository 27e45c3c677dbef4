"""Reads the tensors of a small safetensors file: a length, a JSON header, then plain numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from infra.pipeline.sparse.tensors import Kind, numbers
from infra.pipeline.sparse.unusable import UnusableError

_LENGTH_BYTES = 8
_KINDS: dict[str, Kind] = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


class _Tensor(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    dtype: str
    shape: list[int]
    data_offsets: list[int] = Field(min_length=2, max_length=2)


_HEADER = TypeAdapter(dict[str, _Tensor])


def read_safetensors(path: Path) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Every tensor by name.

    Raises:
        UnusableError: it is not such a file, or holds other than floating-point numbers.
    """
    raw = path.read_bytes()
    length = int.from_bytes(raw[:_LENGTH_BYTES], "little")
    data = raw[_LENGTH_BYTES + length :]
    if len(raw) < _LENGTH_BYTES + length:
        raise UnusableError("its header is longer than the file")
    try:
        header: object = json.loads(raw[_LENGTH_BYTES : _LENGTH_BYTES + length])
        if isinstance(header, dict):
            header.pop("__metadata__", None)
        tensors = _HEADER.validate_python(header)
    except (ValueError, ValidationError) as error:
        raise UnusableError("its header is not that of a safetensors file") from error
    return {name: _numbers(tensor, data) for name, tensor in tensors.items()}


def _numbers(tensor: _Tensor, data: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    kind = _KINDS.get(tensor.dtype)
    if kind is None:
        raise UnusableError(f"its numbers are {tensor.dtype}, not F32, F16 or BF16")
    start, end = tensor.data_offsets
    if not 0 <= start <= end <= len(data):
        raise UnusableError("its header points outside of the file")
    return numbers(data[start:end], kind, math.prod(tensor.shape))
