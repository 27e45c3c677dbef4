"""The one list of the nodes' metrics."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from infra.errors import InternalError
from infra.plans.metrics import (
    CANARY,
    METRICS,
    custom_metric_count,
    metric_source,
    metrics_of,
    roles_of,
)
from infra.plans.naming import Role, names_of
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings, valid_settings

NAMES = names_of(aws_settings().aws, stack="prod")


def test_each_metric_is_named_once_and_explained() -> None:
    """A name is a metric's identity in CloudWatch."""
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", name) for name in names)
    assert all(metric.meaning.endswith(".") and metric.roles for metric in METRICS)


def test_dimensions_outlive_every_node() -> None:
    """Stack and role, never an instance."""
    source = metric_source(CANARY, NAMES, Role.STANDBY)
    assert source.dimensions == {"Stack": "retrieval-prod", "Role": "standby"}
    assert (source.namespace, source.name, source.statistic) == (
        "Retrieval",
        "canary_ok",
        "Minimum",
    )


def test_a_metric_of_another_role_is_refused() -> None:
    """An alarm on it would never get a value."""
    with pytest.raises(InternalError, match="canary_ok is not published for the role vector-store"):
        metric_source(CANARY, NAMES, Role.VECTOR_STORE)


@settings(deadline=None)
@given(settings=valid_settings)
def test_a_shared_store_has_no_machine_of_its_own_to_measure(settings: StackSettings) -> None:
    """What is published for each role is some of the list, and Qdrant is always watched."""
    for role in roles_of(settings):
        assert set(metrics_of(role, dedicated_store=False)) <= set(metrics_of(role))
    published = {m.name for m in metrics_of(Role.VECTOR_STORE, dedicated_store=False)}
    assert "qdrant_up" in published
    assert not published & {"disk_used_percent", "memory_used_percent"}


@pytest.mark.parametrize(
    ("standby", "placement", "count"),
    [
        ("off", "dedicated", 14),
        ("cold", "dedicated", 14),
        ("hot", "dedicated", 23),
        ("off", "shared", 12),
    ],
)
def test_metrics_that_are_paid_for_all_month(standby: str, placement: str, count: int) -> None:
    """Eight of the primary, six of the store (four where it is shared), nine of a hot standby."""
    settings = aws_settings(standby={"mode": standby}, vector_store={"placement": placement})
    assert custom_metric_count(settings) == count
