"""The group of GPU nodes: sizes, times, and what is refused before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.plans.facts import AccountFacts, AmiFacts, sample_facts
from infra.plans.gpu import SPOT_NOTICE_S, GpuPlan, Site, check_serving, plan_gpu
from infra.plans.naming import names_of
from infra.plans.rollout import plan_rollout
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings

SITE = Site(zones=("us-east-1a", "us-east-1b", "us-east-1e"), data_zone="us-east-1b")
AMI = "ami-0123456789abcdef0"


def facts(*, on_demand: int | None = None, **fields: Any) -> AccountFacts:
    """The samples with some fields set."""
    quotas = sample_facts().quotas.model_copy(update={"on_demand_gpu_vcpus": on_demand})
    return sample_facts().model_copy(update={"quotas": quotas, **fields})


def plan(stack: StackSettings, known: AccountFacts | None = None, site: Site = SITE) -> GpuPlan:
    """The plan in the sample account."""
    return plan_gpu(stack, known or facts(), names_of(stack.aws, stack="prod"), site)


def image(**fields: Any) -> AmiFacts:
    """What EC2 says about the pinned image."""
    return AmiFacts.model_validate(
        {
            "id": AMI,
            "name": "image",
            "owner_id": "000000000000",
            "architecture": "x86_64",
            "root_snapshot_gib": 75,
            "built_on": "2026-11-01",
            "deprecated_on": None,
            "root_device": "/dev/sda1",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("nodes", "quota", "percentages", "most"),
    [
        (1, None, (100, 200), 2),
        (1, 8, (100, 200), 2),
        (1, 4, (0, 100), 1),
        (2, 12, (100, 150), 3),
        (2, 8, (50, 100), 2),
        (3, None, (100, 134), 4),
        (8, 36, (100, 113), 9),
        (8, 32, (87, 100), 8),
    ],
)
def test_a_rollout_launches_first_where_the_quota_has_room(
    nodes: int, quota: int | None, percentages: tuple[int, int], most: int
) -> None:
    """One node at a time; with no room for one more the old one goes first."""
    group = plan(aws_settings(gpu={"nodes": nodes}), facts(on_demand=quota)).group
    rollout = group.rollout
    assert (rollout.min_healthy_percent, rollout.max_healthy_percent) == percentages
    assert (group.min_size, group.max_size, group.desired) == (nodes, most, nodes)


@given(nodes=st.integers(1, 8), spare=st.booleans())
def test_a_rollout_moves_exactly_one_node(nodes: int, spare: bool) -> None:
    """Whole nodes between the percentages: one more than usual, or one fewer."""
    quota = 4 * (nodes + spare)
    rollout = plan_rollout(aws_settings(gpu={"nodes": nodes}), facts(on_demand=quota))
    most = nodes * rollout.max_healthy_percent // 100
    least = -(-nodes * rollout.min_healthy_percent // 100)
    assert (least, most) == ((nodes, nodes + 1) if spare else (nodes - 1, nodes))
    assert rollout.has_gap is not spare
    assert rollout.max_healthy_percent - rollout.min_healthy_percent <= 100


def test_a_quota_below_the_nodes_is_refused() -> None:
    """The group would be made and stay empty, so the refusal comes first and says what to ask."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(gpu={"nodes": 2}), facts(on_demand=4))
    assert "2 x g4dn.xlarge need 8 vCPUs" in refused.value.what
    assert "L-DB2E81BA" in refused.value.why
    assert "ask for 12" in refused.value.remedy


def test_zones_are_those_with_a_subnet_that_offer_the_type() -> None:
    """us-east-1e has a subnet but no g4dn."""
    assert plan(aws_settings()).group.zones == ("us-east-1a", "us-east-1b")


def test_no_zone_is_refused_with_those_that_would_do() -> None:
    """Zones with a subnet, none with the type: the message names the others."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(), site=Site(zones=("us-east-1e",), data_zone="us-east-1e"))
    assert "us-east-1e" in refused.value.what
    assert "us-east-1a, us-east-1b" in refused.value.why
    assert "retrieval:network.zones" in refused.value.remedy


def test_a_node_with_the_data_volume_stays_in_its_zone() -> None:
    """A volume is in one zone and with one machine, so the old node goes first."""
    stack = aws_settings(vector_store={"placement": "shared"}, standby={"mode": "off"})
    group = plan(stack).group
    assert group.zones == ("us-east-1b",)
    assert group.rollout.has_gap
    assert "the data volume is with the node" in plan(stack).notes[0]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"architecture": "arm64"}, "is built for arm64"),
        ({"root_snapshot_gib": 120}, "gpu.root_volume_gib is 100"),
    ],
)
def test_an_image_that_does_not_launch_is_refused(fields: dict[str, Any], says: str) -> None:
    """Facts about the pinned image are held against the settings."""
    stack = aws_settings(pins={"gpu_ami": {"id": AMI, "driver": "595.91.07"}})
    with pytest.raises(PlanError) as refused:
        plan(stack, facts(amis=(image(**fields),)))
    assert says in refused.value.what


def test_an_image_that_is_not_pinned_is_visibly_none() -> None:
    """A placeholder of zeros, which EC2 refuses, and a flag that says so."""
    template = plan(aws_settings()).group.template
    assert template.ami_id == "ami-00000000000000000"
    assert not template.ami_resolved


def test_models_and_design_point_are_checked_together() -> None:
    """Both refusals come in one error, each with its arithmetic and remedy."""
    stack = aws_settings(
        embed={"max_batch_tokens": 16384},
        rerank={"max_batch_tokens": 16384},
        design_point={"arrival_rate_per_s": 50},
    )
    with pytest.raises(PlanError) as refused:
        check_serving(stack)
    assert "max_batch_tokens" in refused.value.what
    assert "design point" in refused.value.what
    assert "MiB usable" in refused.value.why
    assert "calculated, not measured" in refused.value.why


@settings(max_examples=50)
@given(deadline=st.integers(300, 3600), drain_ms=st.integers(0, 600_000))
def test_times_fit_into_each_other(deadline: int, drain_ms: int) -> None:
    """Boot deadline, heartbeat, capacity timeout in this order; a drain always has its time."""
    stack = aws_settings(
        gpu={"boot_deadline_s": deadline},
        gateway={"drain_ms": drain_ms},
        standby={"mode": "off"},
    )
    group = plan(stack).group
    launch, terminate = group.hooks
    assert deadline < launch.heartbeat_s < group.capacity_timeout_s
    assert launch.heartbeat_s <= 7200  # the longest that Auto Scaling takes
    assert terminate.heartbeat_s * 1000 >= drain_ms + stack.gateway.drain_notice_ms


def test_a_node_drains_within_a_spot_notice_by_default() -> None:
    """Primary and standby have the same time unless the gateway needs more."""
    assert plan(aws_settings()).group.hooks[1].heartbeat_s < SPOT_NOTICE_S


@pytest.mark.parametrize(("mode", "kind"), [("dns", "EC2"), ("nlb", "ELB")])
def test_the_load_balancers_word_counts_where_there_is_one(mode: str, kind: str) -> None:
    """Without one the host's own report is the only one beside EC2's."""
    assert plan(aws_settings(endpoint={"mode": mode})).group.health_check_type == kind
