"""Backups: the private bucket, EBS snapshots, the alarm on their age."""

from __future__ import annotations

import json

import pytest

from infra.plans.access_rules import BACKUP_PREFIX
from infra.plans.backup import BackupPlan, plan_backup
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.vector_store import plan_vector_store
from tests.unit.plans.aws_stacks import aws_settings


def planned(**groups: object) -> BackupPlan:
    """Backups of a stack named prod."""
    settings = aws_settings(**groups)
    return plan_backup(settings, names_of(settings.aws, stack="prod"))


def test_the_bucket() -> None:
    """Its name is the world's only one by account and region, its days those of the settings."""
    plan = planned(
        aws={"account_id": "111122223333"}, backup={"retention_days": 14, "noncurrent_days": 3}
    )
    assert plan.bucket.name == "retrieval-prod-backup-111122223333-us-east-1"
    assert plan.bucket.prefix == BACKUP_PREFIX
    assert (plan.bucket.expire_days, plan.bucket.noncurrent_days) == (14, 3)


def test_only_by_tls() -> None:
    """The bucket and everything in it refuse a call without TLS, whoever makes it."""
    (rule,) = json.loads(planned().bucket.policy.json())["Statement"]
    assert rule["Effect"] == "Deny"
    assert rule["Principal"] == "*"
    assert rule["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert [resource.endswith("/*") for resource in rule["Resource"]] == [False, True]


def test_snapshots_find_the_data_volume() -> None:
    """The tag that they look for is the data volume's own, and no other stack's."""
    settings = aws_settings()
    names = names_of(settings.aws, stack="prod")
    volume = plan_vector_store(
        settings, sample_facts(), names, zone="us-east-1a", user_data=""
    ).volume
    snapshots = plan_backup(settings, names).snapshots
    assert snapshots is not None
    assert snapshots.target_tags.items() <= volume.tags.items()
    other = plan_backup(settings, names_of(settings.aws, stack="test")).snapshots
    assert other is not None
    assert other.target_tags != snapshots.target_tags


@pytest.mark.parametrize(("hour", "at"), [(2, "05:00"), (22, "01:00"), (0, "03:00")])
def test_snapshots_come_after_the_nightly_one(hour: int, at: str) -> None:
    """Three hours later, over midnight too."""
    plan = planned(backup={"hour_utc": hour})
    assert plan.snapshots is not None
    assert plan.snapshots.at_utc == at


def test_no_snapshots() -> None:
    """Zero kept makes none at all."""
    assert planned(backup={"ebs_snapshots_kept": 0}).snapshots is None


def test_alarm() -> None:
    """It stands at the age that the settings name, on the vector store's metric."""
    alarm = planned(backup={"max_age_hours": 30}).alarm
    assert alarm.condition.threshold == 30
    assert alarm.condition.source.dimensions == {"Stack": "retrieval-prod", "Role": "vector-store"}
