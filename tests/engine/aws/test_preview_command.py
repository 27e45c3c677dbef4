"""`retrieval preview` and its bench under the real engine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from loadtests.bench_preview import measure
from scripts.main import main
from scripts.toolchain.ensure import ensure_pulumi

pytestmark = [
    pytest.mark.runs("pulumi"),
    pytest.mark.slow,
    pytest.mark.usefixtures("_installed_cli"),
]


def test_preview_of_production(project_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole plan, with the caller's AWS and Pulumi variables set to nonsense."""
    before = (project_root / "Pulumi.prod.yaml").read_bytes()
    environment = {**os.environ, "AWS_PROFILE": "nobody", "PULUMI_BACKEND_URL": "s3://nowhere"}
    assert main(["preview", "--json"], environment) == 0
    found = json.loads(capsys.readouterr().out)
    names = {each["name"] for part in found["parts"] for each in part["resources"]}
    assert {"network-vpc", "gpu-primary-group", "vector-store-data", "watch-budget"} <= names
    assert found["to_create"] > 100
    assert float(found["cost"]["usd_month"]) < float(found["cost"]["ceiling_usd_month"])
    assert (project_root / "Pulumi.prod.yaml").read_bytes() == before


def test_bench(project_root: Path) -> None:
    """Both programs register the same resources, and one round gives a plausible ratio."""
    toolchain = ensure_pulumi(project_root, env=os.environ)
    found = measure(
        project_root, stack="cheapest", toolchain=toolchain, env=dict(os.environ), rounds=1
    )
    assert found.resources > 60
    assert 0.5 < found.ratio < 3.0
