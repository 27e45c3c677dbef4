"""What indexing with learned weights would read."""

from __future__ import annotations

import pytest

from infra.pipeline.sparse.cost import row_bytes
from infra.settings import EmbedSettings, StackSettings, StoreSettings, Target


def test_bytes_of_token_rows() -> None:
    """About those of the recorded answer for 256 tokens, and none where nothing is stored."""
    settings = StackSettings(
        target=Target.LOCAL,
        embed=EmbedSettings(sparse_head="head.json"),
        store=StoreSettings(sparse="m3"),
    )
    assert row_bytes(settings, 256) == pytest.approx(2_863_206, rel=0.001)
    assert row_bytes(StackSettings(target=Target.LOCAL), 256) == 0
