"""Numbers in answers are printed as 32-bit floats."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from infra.local.qdrant.render import shortest


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_shortest_number_is_the_same_float(value: float) -> None:
    """It reads back as the same 32-bit float, and nine significant digits are enough for it."""
    printed = shortest(value)
    digits = repr(printed).lower().split("e")[0].replace("-", "").replace(".", "").strip("0")

    assert np.float32(printed) == np.float32(value)
    assert len(digits) <= 9 or abs(value) >= 1e9
