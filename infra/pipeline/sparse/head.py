"""The head of the learned sparse weights: one row of numbers and a bias, read without running code.

bge-m3 keeps it in `sparse_linear.pt`, apart from the model that the server loads. That file is a
pickle; `torch_file.py` reads the numbers out of it and never executes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from infra.errors import InputFileError, SettingsError
from infra.pipeline.sparse.safetensors_file import read_safetensors
from infra.pipeline.sparse.torch_file import read_torch
from infra.pipeline.sparse.unusable import UnusableError

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

# 1024 numbers of four bytes are 4 kB, as text 20 kB; nothing that is a head comes near this.
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class SparseHead:
    """`weight` has one number for each of the model's; the weight of a token is the positive part
    of its row times `weight`, plus `bias`."""

    weight: Numbers
    bias: float

    @cached_property
    def digest(self) -> str:
        """Which head this is, whatever file format it came in."""
        numbers = np.append(self.weight, np.float32(self.bias)).astype("<f4")
        return hashlib.sha256(numbers.tobytes()).hexdigest()


def load_head(path: str, dimensions: int) -> SparseHead:
    """The head in a `.pt`, `.safetensors` or `.json` file, for a model of that many numbers.

    Raises:
        SettingsError: no file is named.
        InputFileError: it cannot be read, is not a head, or one for another model.
    """
    if not path:
        raise SettingsError(
            "`retrieval:embed.sparse_head` is not set",
            why="`store.sparse` is m3, and the weights come from a head that is not in the server",
            remedy="set it to the path of the model's `sparse_linear.pt` (docs/sparse.md)",
        )
    try:
        tensors = _read(Path(path))
        return _checked(tensors, dimensions)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except UnusableError as error:
        raise _unusable(path, str(error)) from error


def _read(path: Path) -> Mapping[str, Numbers]:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise UnusableError(f"it has {size} bytes; a head has a few thousand")
    match path.suffix:
        case ".pt":
            return read_torch(path)
        case ".safetensors":
            return read_safetensors(path)
        case ".json":
            return _read_json(path)
        case other:
            raise UnusableError(f"its name ends in {other!r}, not in .pt, .safetensors or .json")


def _read_json(path: Path) -> dict[str, Numbers]:
    try:
        found: object = json.loads(path.read_bytes())
        if not isinstance(found, dict):
            raise UnusableError("it is not an object with `weight` and `bias`")
        return {str(name): np.asarray(value, dtype=np.float32) for name, value in found.items()}
    except (ValueError, TypeError) as error:
        raise UnusableError(f"it is not JSON of numbers: {error}") from error


def _checked(tensors: Mapping[str, Numbers], dimensions: int) -> SparseHead:
    if set(tensors) != {"weight", "bias"}:
        raise UnusableError(f"it holds {', '.join(sorted(tensors)) or 'nothing'}, not weight, bias")
    weight, bias = tensors["weight"].ravel(), tensors["bias"].ravel()
    if weight.size != dimensions or bias.size != 1:
        raise UnusableError(
            f"weight has {weight.size} numbers and bias {bias.size}; the model of "
            f"`embed.dimensions` {dimensions} needs {dimensions} and 1"
        )
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise UnusableError("some of its numbers are not finite")
    if not weight.any():
        raise UnusableError("all of its weights are 0")
    return SparseHead(weight=weight, bias=float(bias[0]))


def _unusable(path: str, why: str) -> InputFileError:
    return InputFileError(
        f"{path} cannot be used as the sparse head",
        why=why,
        remedy="take `sparse_linear.pt` from the model's repository at `embed.revision`, and set "
        "`retrieval:embed.sparse_head` to its path",
    )
