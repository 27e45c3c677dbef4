"""The learned sparse leg through the gateway: the pipeline's own clients over the query lane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.settings import StackSettings
from tests.contract.gateway.conftest import index_lessons
from tests.contract.gateway.processes import Process, RunningGateway

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]


def test_a_search_has_the_learned_leg(
    backends: dict[str, Process],
    start_gateway: Callable[..., RunningGateway],
    tmp_path: Path,
) -> None:
    """With a head in the settings its leg finds passages, nothing is degraded, and the order is
    the same every time."""
    weight = np.random.default_rng(7).normal(size=1024)
    head = tmp_path / "head.json"
    head.write_text(json.dumps({"weight": weight.tolist(), "bias": 0.1}), encoding="utf-8")
    groups: dict[str, dict[str, Any]] = {
        "embed": {"sparse_head": str(head)},
        "store": {"sparse": "m3", "collection": "with-m3"},
        "search": {"sparse": "m3"},
    }
    index_lessons(backends, StackSettings.model_validate({"target": "local", **groups}))
    gateway = start_gateway(backends, {**groups, "gateway": {"drain_notice_ms": 0}})
    answers = [gateway.post("/v1/search", {"query": "сила тока"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    bodies = [answer.json() for answer in answers]
    assert bodies[0]["degraded"] == []
    assert bodies[0]["found"]["m3"] > 0
    assert any("m3" in entry["leg_ranks"] for entry in bodies[0]["answers"])
    assert bodies[0]["answers"] == bodies[1]["answers"] == bodies[2]["answers"]
