"""The folder of samples, and the script that says what each of them should read as."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

FORMATS = Path(__file__).resolve().parents[3] / "data" / "formats"


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the sample files: `good`, `damaged` and `golden`."""
    return FORMATS


@pytest.fixture(scope="session")
def golden_of() -> Callable[[Path], str]:
    """What a sample reads as now, written as its golden is."""
    spec = importlib.util.spec_from_file_location("golden", FORMATS / "golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.golden_of
