"""The vector store: where it lives, what it is, what is watched, what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given

from infra.errors import PlanError
from infra.plans.facts import AmiFacts, sample_facts
from infra.plans.iam import Arns
from infra.plans.naming import names_of
from infra.plans.unresolved import PLACEHOLDER_AMI_ID
from infra.plans.vector_store import (
    CREDITS_PER_HOUR,
    MachinePlan,
    VectorStorePlan,
    plan_vector_store,
)
from infra.settings import StackSettings
from infra.settings.aws.instances import VECTOR_SILICON, VectorInstanceType
from infra.settings.aws.vector_store import Placement
from tests.unit.plans.aws_stacks import aws_settings, valid_settings

ZONE = "us-east-1a"
SHARED: dict[str, Any] = {
    "vector_store": {"placement": "shared"},
    "standby": {"mode": "off"},
}


def planned(settings: StackSettings, zone: str = ZONE, **changes: Any) -> VectorStorePlan:
    """The vector store of a stack named prod, with some facts changed."""
    facts = sample_facts().model_copy(update=changes)
    names = names_of(settings.aws, stack="prod")
    return plan_vector_store(settings, facts, names, zone=zone, user_data="#cloud-config\n")


def machine_of(plan: VectorStorePlan) -> MachinePlan:
    """Its machine, which must be there."""
    assert plan.machine is not None
    return plan.machine


def ami(**changes: Any) -> AmiFacts:
    """A pinned image as EC2 might describe it."""
    values: dict[str, Any] = {
        "id": "ami-0123456789abcdef0",
        "name": "al2023-ami-2023.9.20261001.0-kernel-6.12-x86_64",
        "owner_id": "137112412989",
        "architecture": "x86_64",
        "root_snapshot_gib": 8,
        "built_on": date(2026, 10, 1),
        "deprecated_on": None,
        "root_device": "/dev/xvda",
    }
    return AmiFacts(**(values | changes))


def test_dedicated() -> None:
    """A t3.medium in the zone of its data, under a fixed name."""
    plan = planned(aws_settings())
    machine = machine_of(plan)
    assert plan.url == "http://qdrant.retrieval.internal:6333"
    assert machine.record_name == "qdrant.retrieval.internal"
    assert machine.instance_type == "t3.medium"
    assert machine.zone == plan.volume.zone == ZONE
    assert (plan.volume.gib, plan.volume.iops, plan.volume.mib_s) == (50, 3000, 125)


def test_unresolved_image_stays_visible() -> None:
    """Without a pin the id is a placeholder that EC2 refuses, and the plan says so."""
    machine = machine_of(planned(aws_settings()))
    assert machine.ami_id == PLACEHOLDER_AMI_ID
    assert not machine.ami_resolved


def test_shared() -> None:
    """On the GPU node there is the volume only, and Qdrant is reached on loopback."""
    plan = planned(aws_settings(**SHARED))
    assert plan.machine is None
    assert plan.url == "http://127.0.0.1:6333"
    assert plan.volume.zone == ZONE
    assert {alarm.role for alarm in plan.alarms} == {"qdrant-down", "data-disk", "qdrant-memory"}


@pytest.mark.parametrize(
    ("egress", "public"), [("public_ipv4", True), ("interface_endpoints", False)]
)
def test_public_address(egress: str, *, public: bool) -> None:
    """It has one only where nodes reach AWS by it."""
    settings = aws_settings(network={"egress": egress}, endpoint={"mode": "nlb"})
    assert machine_of(planned(settings)).public_ipv4 is public


@pytest.mark.parametrize(
    ("kind", "baseline", "most"),
    [("t3.medium", 20, 576), ("t3.large", 30, 864), ("t3.xlarge", 40, 2304)],
)
def test_credits(kind: str, baseline: float, most: int) -> None:
    """Earnings, baseline and ceiling agree with AWS's table, and the plan says what day one is."""
    store = {"instance_type": kind}
    plan = planned(aws_settings(vector_store=store))
    cpu = machine_of(plan).credits
    assert (cpu.baseline_percent, cpu.most) == (baseline, most)
    assert f"{baseline:g} % of {cpu.vcpus} vCPUs" in plan.notes[0]


def test_every_type_has_credits() -> None:
    """A type without a row would be planned wrongly."""
    assert set(CREDITS_PER_HOUR) == set(VectorInstanceType) == set(VECTOR_SILICON)


def test_zone_without_the_type() -> None:
    """A zone that lacks the machine is refused with the zones that have it."""
    with pytest.raises(PlanError, match=r"us-east-1e does not offer t3\.medium") as refused:
        planned(aws_settings(), zone="us-east-1e")
    assert "us-east-1a" in refused.value.why
    planned(aws_settings(**SHARED), zone="us-east-1e")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"architecture": "arm64"}, "arm64"),
        ({"root_snapshot_gib": 30}, "root_volume_gib to 30 or more"),
    ],
)
def test_image_that_does_not_fit(changes: dict[str, Any], word: str) -> None:
    """An image that would not launch is refused before anything is made."""
    settings = aws_settings(pins={"vector_store_ami": {"id": ami().id}})
    assert machine_of(planned(settings, amis=(ami(),))).ami_resolved
    with pytest.raises(PlanError) as refused:
        planned(settings, amis=(ami(**changes),))
    assert word in str(refused.value)


def test_volume_faster_than_the_machine() -> None:
    """Paying for what a t3.medium cannot use is said, not refused."""
    assert len(planned(aws_settings()).notes) == 1
    notes = planned(aws_settings(vector_store={"data_volume_iops": 4000})).notes
    assert any("data_volume_iops is 4000" in note for note in notes)


@given(settings=valid_settings)
def test_alarms(settings: StackSettings) -> None:
    """Every alarm has a name of its own, is of this stack, and fits CloudWatch's limits."""
    plan = planned(settings, zone=f"{settings.aws.region}a", **_offers(settings))
    names = names_of(settings.aws, stack="prod")
    arns = Arns(region=names.region, account_id=names.account_id)
    labels = [alarm.name for alarm in plan.alarms]
    assert len(set(labels)) == len(labels)
    for alarm in plan.alarms:
        bad = alarm.condition
        assert alarm.name.startswith(names.stem)
        assert bad.periods * bad.source.period_s <= 24 * 3600
        assert alarm.of_instance == (bad.source.namespace == "AWS/EC2")
        assert alarm.of_instance or bad.source.dimensions["Stack"] == names.stem
        for action in alarm.ec2_actions:
            assert action.startswith(f"arn:{arns.partition}:automate:{names.region}:ec2:")
    dedicated = settings.vector_store.placement is Placement.DEDICATED
    assert dedicated == any(alarm.of_instance for alarm in plan.alarms)


def test_recovery_and_reboot_do_not_meet() -> None:
    """The two actions of EC2 wait for different times, as AWS advises."""
    acting = {a.role: a for a in planned(aws_settings()).alarms if a.ec2_actions}
    assert set(acting) == {"system-check", "instance-check"}
    periods = {alarm.condition.periods for alarm in acting.values()}
    assert len(periods) == 2


def _offers(settings: StackSettings) -> dict[str, Any]:
    """Facts in which the region has one zone with everything."""
    zone = sample_facts().zones[0]
    return {
        "zones": (zone.model_copy(update={"name": f"{settings.aws.region}a"}),),
        "region": settings.aws.region,
    }
