"""The engine bench, on a throwaway stack in the place of the local one."""

from __future__ import annotations

import os
from typing import Any

import pytest

from infra.errors import StackError
from loadtests.bench_engine import measure

pytestmark = [pytest.mark.engine, pytest.mark.runs("sh", "pulumi")]


def test_equal_stacks_cost_the_same(shell: Any, toolchain: Any) -> None:
    """The one-resource stack against itself: one measured round, and a ratio near one."""
    found = measure(shell.folder, stack="one", toolchain=toolchain, env=dict(os.environ), rounds=1)
    assert (len(found.stack_s), len(found.yardstick_s)) == (1, 1)
    assert 0.2 < found.ratio < 5.0


def test_a_stack_that_is_not_up_is_told(shell: Any, toolchain: Any) -> None:
    """The bench measures what is there; it makes no stack of the user's."""
    with pytest.raises(StackError, match="no stack nope"):
        measure(shell.folder, stack="nope", toolchain=toolchain, env=dict(os.environ), rounds=1)
