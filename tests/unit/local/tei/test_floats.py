"""Float32 text: shortest digits that read back, in the recorded notation."""

from __future__ import annotations

import base64
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.wire.floats import base64_text, float32_text, vector_text, whole_ms

float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)

# Recorded from TEI 1.9.3, except for the large ones, which no server sends.
RECORDED = [
    (1.2097495e-6, "0.0000012097495"),
    (-1.3465753e-6, "-0.0000013465753"),
    (8.4281595e-7, "8.4281595e-7"),
    (-2.6463082e-8, "-2.6463082e-8"),
    (8.2653e-7, "8.2653e-7"),
    (0.000022888184, "0.000022888184"),
    (-0.00041964994, "-0.00041964994"),
    (2.0, "2.0"),
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (0.5, "0.5"),
    (1.0000359, "1.0000359"),
    (-1.3417969, "-1.3417969"),
    (1e-6, "0.000001"),
    (16777216.0, "16777216.0"),
    (1e12, "1000000000000.0"),
    (1e13, "1e13"),
    (3.4028235e38, "3.4028235e38"),
    (float("nan"), "null"),
    (float("inf"), "null"),
    (float("-inf"), "null"),
]


@pytest.mark.parametrize(("value", "text"), RECORDED)
def test_notation_is_the_recorded_one(value: float, text: str) -> None:
    """Plain from 1e-6 to below 1e13, scientific outside, `.0` on whole numbers, null for NaN."""
    assert float32_text(value) == text


@given(float32s)
def test_text_reads_back_as_the_same_float32(value: float) -> None:
    """Nothing is lost on the wire, not even the sign of zero."""
    read = np.float32(float32_text(value))
    assert struct.pack("<f", read) == struct.pack("<f", value)


@given(float32s)
def test_no_shorter_text_reads_back(value: float) -> None:
    """One digit less is another number."""
    digits = re.sub(r"e.*|[-.]", "", float32_text(value)).strip("0")
    if len(digits) > 1:
        shorter = np.float32(f"{value:.{len(digits) - 2}e}")
        assert shorter != np.float32(value)


@given(st.lists(float32s, max_size=20))
def test_vectors_are_written_number_by_number(values: list[float]) -> None:
    """An array is its numbers, without spaces."""
    vector = np.array(values, dtype=np.float32)
    assert vector_text(vector) == "[" + ",".join(float32_text(one) for one in values) + "]"


@given(st.lists(float32s, max_size=20))
def test_base64_is_little_endian_float32(values: list[float]) -> None:
    """Clients of the OpenAI shape unpack it that way."""
    packed = base64.b64decode(base64_text(np.array(values, dtype=np.float32)))
    assert packed == struct.pack(f"<{len(values)}f", *values)


def test_durations_are_cut_to_whole_milliseconds() -> None:
    """1.99 ms is sent as 1."""
    assert (whole_ms(0.00199), whole_ms(0.0), whole_ms(2.5)) == ("1", "0", "2500")
