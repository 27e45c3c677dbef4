"""Raw bytes to numbers, for the three number formats that a head comes in. Pure."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from infra.pipeline.sparse.unusable import UnusableError

Kind: TypeAlias = Literal["float32", "float16", "bfloat16"]

_NUMBER_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def numbers(raw: bytes, kind: Kind, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """`count` little-endian numbers.

    Raises:
        UnusableError: there are more or fewer bytes.
    """
    if len(raw) != count * _NUMBER_BYTES[kind]:
        raise UnusableError(f"{len(raw)} bytes are not {count} numbers of {kind}")
    if kind == "bfloat16":
        # The upper half of a float32.
        return (np.frombuffer(raw, dtype="<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, dtype="<f4" if kind == "float32" else "<f2").astype(np.float32)
