"""Float32 as TEI writes it. A leaf: knows numbers and text, nothing about models or HTTP.

TEI 1.9.3 writes the shortest decimal text that reads back as the same float32: plain notation from
1e-6 up to below 1e13, scientific outside of that, `2.0` for whole numbers, `null` for NaN and
infinities (recorded from the real server; the rule is that of Rust's float printer).
"""

from __future__ import annotations

import base64
import math

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

# Decimal point positions, counted from the first significant digit, that are written plainly.
_PLAIN_ABOVE = -6
_PLAIN_UP_TO = 13


def float32_text(value: float) -> str:
    """One number; `value` is rounded to float32 first."""
    return _as_recorded(str(np.float32(value)))


def vector_text(vector: Vector) -> str:
    """A JSON array without spaces."""
    return "[" + ",".join(map(_as_recorded, map(str, vector))) + "]"


def base64_text(vector: Vector) -> str:
    """Little-endian float32 bytes in standard base64, the OpenAI routes' other encoding."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def whole_ms(seconds: float) -> str:
    """A duration header: whole milliseconds, cut and not rounded."""
    return str(math.floor(seconds * 1000))


def _as_recorded(shortest: str) -> str:
    """Rewrite numpy's shortest text: the digits are the same, the notation is not."""
    if "e" not in shortest:
        return "null" if shortest[-1] in "nf" else shortest
    mantissa, _, exponent = shortest.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = (whole + fraction).rstrip("0") if fraction else whole
    point = len(whole) + int(exponent)
    if 0 < point <= _PLAIN_UP_TO:
        padded = digits.ljust(point, "0")
        return f"{sign}{padded[:point]}.{padded[point:] or '0'}"
    if _PLAIN_ABOVE < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1}"
