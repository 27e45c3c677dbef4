"""Vectors between the embed server's JSON and an answer: checked, packed, written out. Pure."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from infra.gateway.errors import invalid_request
from infra.gateway.upstream_errors import bad_vector, not_finite
from infra.pipeline.embed import NORM_TOLERANCE

Matrix = npt.NDArray[np.float32]


def checked_matrix(rows: Any, *, count: int, dimensions: int) -> Matrix:
    """The rows of one answer as float32, in order.

    Raises:
        UpstreamError: another number of rows, another length, a number that is null or not
            finite, or a norm that is not 1.
    """
    try:
        # null, which is how NaN comes, becomes NaN here.
        numbers = np.array(rows, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise bad_vector("its rows are not numbers of one length") from error
    if numbers.shape != (count, dimensions):
        raise bad_vector(
            f"the answer has the shape {numbers.shape}, not {count} rows of {dimensions} numbers"
        )
    if not np.isfinite(numbers).all():
        raise not_finite("embed")
    worst = float(np.abs(np.linalg.norm(numbers, axis=1) - 1).max(initial=0.0))
    if worst > NORM_TOLERANCE:
        raise bad_vector(f"its norm is off by {worst:.4f}, more than {NORM_TOLERANCE}")
    return numbers.astype(np.float32)


def cut_matrix(rows: Matrix, dimensions: int) -> Matrix:
    """The first numbers of each row, at norm 1 again, as TEI cuts them.

    Raises:
        RequestError: the first numbers of a row are all 0, so that no direction is left.
    """
    cut = rows[:, :dimensions].astype(np.float64)
    norms = np.linalg.norm(cut, axis=1, keepdims=True)
    if not norms.all():
        raise invalid_request(
            f"{dimensions} dimensions are too few",
            why=f"the first {dimensions} numbers of a vector are all 0",
            remedy="Ask for more, or leave `dimensions` out",
            param="dimensions",
        )
    return (cut / norms).astype(np.float32)


def as_base64(row: Matrix) -> str:
    """Little-endian float32, as OpenAI and TEI write it."""
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def as_json(value: object) -> bytes:
    """JSON of a value that may hold rows; float32 is written in the shortest form that returns."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
