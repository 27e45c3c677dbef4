"""Which IAM actions the deploy role needs for a resource type: the form of the table.

The table itself is in `needs_network.py`, `needs_machines.py`, `needs_data.py` and
`needs_watch.py`; a test compares its types with those that the program registers. Actions and what
they may be narrowed to are those of AWS's Service Authorization Reference. ARNs hold `{arn}`
(partition), `{region}`, `{account}` and `{name}` (first word of all our names). Where AWS makes up
the id, the tag Project narrows instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CREATES_WITHOUT_ARN: Mapping[str, str] = {
    "dlm:CreateLifecyclePolicy": "a policy has no ARN before it is there",
    "kms:CreateKey": "a key has no ARN before it is there",
    "route53:CreateHealthCheck": "a health check has no ARN before it is there",
    "route53:CreateHostedZone": "a zone has no ARN before it is there",
}
"""Actions that AWS narrows by no resource; the request's tag narrows them where they take one."""

ACCOUNT_LOOK_UPS = (
    "ec2:GetEbsDefaultKmsKeyId",
    "ec2:GetEbsEncryptionByDefault",
    "servicequotas:GetServiceQuota",
    "sts:GetCallerIdentity",
)
"""What the program asks of the account beside its own resources."""


class Area(StrEnum):
    """What a policy of the deploy role is about; IAM limits the size of each policy."""

    NETWORK = "network"
    MACHINES = "machines"
    DATA = "data"
    IDENTITY = "identity"
    WATCH = "watch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What one type needs.

    `creates` is narrowed by the tag that the request must carry, `changes` by the tag that the
    resource has, both only where `tagged`; names in the ARNs narrow the rest. `reads` are
    descriptions, which take no resource; `looks` are reads that take the ARNs.
    """

    area: Area
    arns: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    tagged: bool = False


def ec2(*resources: str) -> tuple[str, ...]:
    return tuple(f"arn:{{arn}}:ec2:{{region}}:{{account}}:{each}/*" for each in resources)
