"""Program tests run each component in both modes; the engine is a strict mock (harness.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pulumi.runtime import settings

from tests.program import harness


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Whether the test runs as `pulumi preview` (unknown ids) or as `pulumi up`."""
    mode: bool = request.param
    return mode


@pytest.fixture(autouse=True)
def _output_is_never_text(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An Output that is turned into text raises; the mocks' settings do not leak."""
    monkeypatch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")
    yield
    settings.reset_options()


def pytest_report_header() -> str:
    """Where the guards of this layer are."""
    return f"program layer: guards in {harness.__name__}"
