"""What the components of the AWS target hand to each other, once it is created.

The order of creation: account, network, notices, logs, secrets, endpoint, access, vector store, GPU
service, failover, backup, watch. A component takes its plan and the handles of earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pulumi import Output, Resource


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountHandles:
    """The stack's own key; None where AWS's own keys are used."""

    key_arn: Output[str] | None
    key_id: Output[str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkHandles:
    """Where nodes live. `subnet_ids` is by availability zone, in the order of the plan.

    Security groups are made here, one per role, since their rules name each other;
    `load_balancer_group_id` is None without one. `ready` are the routes, rules and endpoints that a
    node must come after: it would boot without a way out.
    """

    vpc_id: Output[str]
    subnet_ids: Mapping[str, Output[str]]
    gpu_group_id: Output[str]
    vector_store_group_id: Output[str]
    load_balancer_group_id: Output[str] | None
    ready: Sequence[Resource] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticesHandles:
    """The topic that pages people."""

    topic_arn: Output[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsHandles:
    """Log groups by role. `ready` must exist before a node boots: nodes may not make groups."""

    group_names: Mapping[str, str]
    ready: Sequence[Resource]


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretsHandles:
    """Parameters by the name that outputs use; values are nowhere here.

    `parameters` are the resources that a node's group must come after.
    """

    parameter_names: Mapping[str, str]
    parameter_arns: Mapping[str, Output[str]]
    parameters: Sequence[Resource]


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointHandles:
    """The address of the gateway and, with an NLB, where its nodes register.

    `zone_id` is the private zone in which hosts register themselves and the vector store has its
    fixed name.
    """

    url: str
    zone_id: Output[str]
    zone_arn: Output[str]
    target_group_arns: Sequence[Output[str]]
    load_balancer_suffix: Output[str] | None
    target_group_suffix: Output[str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessHandles:
    """Instance profiles of the nodes and the roles of services.

    `ready` are the policies that must exist before a node boots.
    """

    gpu_profile_arn: Output[str]
    vector_store_profile_name: Output[str]
    snapshot_role_arn: Output[str]
    ready: Sequence[Resource]


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorStoreHandles:
    """The vector store's fixed address; the data volume is kept when the stack is destroyed.

    `instance_id` and `data_volume_id` are None and the volume is the GPU node's where the placement
    is shared.
    """

    url: str
    instance_id: Output[str] | None
    data_volume_id: Output[str]
    ready: Sequence[Resource]


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuHandles:
    """The groups of GPU nodes and the alarms that watch them, by alarm role.

    `groups` are the resources: what must not exist before a node has served comes after them.
    """

    primary_group_name: Output[str]
    standby_group_name: Output[str] | None
    alarm_arns: Mapping[str, Output[str]] = field(default_factory=dict[str, Output[str]])
    groups: Sequence[Resource] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupHandles:
    """The private bucket that nightly snapshots go to."""

    bucket_name: Output[str]
    bucket_arn: Output[str]
