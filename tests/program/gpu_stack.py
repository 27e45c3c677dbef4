"""Handles of everything around the GPU nodes, for their program tests: few, real resources."""

from __future__ import annotations

from typing import Any

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import iam, route53, ssm

from infra.components.aws.canary import Canary
from infra.components.aws.failover import Failover
from infra.components.aws.gpu import GpuService, GpuSurroundings
from infra.components.aws.handles import (
    AccessHandles,
    AccountHandles,
    EndpointHandles,
    NetworkHandles,
    NoticesHandles,
    SecretsHandles,
    VectorStoreHandles,
)
from infra.node.gpu_host import gpu_host
from infra.node.stack import HostStack
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import sample_facts
from infra.plans.failover import plan_canary, plan_failover
from infra.plans.gpu import Site, plan_gpu
from infra.plans.naming import Role, names_of
from infra.plans.secrets import plan_secrets
from infra.plans.standby import plan_standby
from infra.settings import StackSettings
from tests.program.harness import PLANTED_SECRET, provider_options

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


class _Ground(ComponentResource):
    def __init__(self, settings: StackSettings, opts: ResourceOptions) -> None:
        super().__init__("retrieval:test:Ground", "ground", None, opts)
        mine = ResourceOptions(parent=self)
        policy = iam.RolePolicy("ground-policy", role="node", policy="{}", opts=mine)
        parameter = ssm.Parameter(
            "ground-key",
            type="SecureString",
            value=Output.secret(PLANTED_SECRET),
            opts=ResourceOptions(parent=self),
        )
        record = route53.Record(
            "ground-store",
            zone_id="Z0",
            name="qdrant",
            type="A",
            records=["10.0.0.1"],
            ttl=10,
            opts=ResourceOptions(parent=self),
        )
        by_nlb = endpoint_kind(settings) is EndpointKind.NLB
        arn = Output.from_input("arn:aws:x:us-east-1:123456789012:thing")
        group = Output.from_input("sg-0123456789abcdef0")
        self.surroundings: dict[str, Any] = {
            "account": AccountHandles(key_arn=arn, key_id=arn),
            "network": NetworkHandles(
                vpc_id=Output.from_input("vpc-0123456789abcdef0"),
                subnet_ids={zone: Output.from_input(f"subnet-{zone}") for zone in ZONES},
                gpu_group_id=group,
                vector_store_group_id=group,
                load_balancer_group_id=group if by_nlb else None,
            ),
            "secrets": SecretsHandles(
                parameter_names={}, parameter_arns={}, parameters=[parameter]
            ),
            "endpoint": EndpointHandles(
                url="http://gateway.retrieval.internal:8000",
                zone_id=Output.from_input("Z0123456789"),
                zone_arn=arn,
                target_group_arns=[arn] if by_nlb else [],
                load_balancer_suffix=Output.from_input("net/lb/1") if by_nlb else None,
                target_group_suffix=Output.from_input("targetgroup/tg/1") if by_nlb else None,
            ),
            "access": AccessHandles(
                gpu_profile_arn=arn,
                vector_store_profile_name=Output.from_input("profile"),
                snapshot_role_arn=arn,
                ready=[policy],
            ),
            "vector_store": VectorStoreHandles(
                url="http://qdrant.retrieval.internal:6333",
                instance_id=None,
                data_volume_id=Output.from_input("vol-0123456789abcdef0"),
                ready=[record],
            ),
        }
        self.notices = NoticesHandles(topic_arn=arn)
        self.register_outputs({})


def build_gpu_stack(settings: StackSettings) -> None:
    """Canary, GPU service and failover of a stack, in the order in which the program makes them."""
    opts = provider_options()
    names, facts = names_of(settings.aws, stack="prod"), sample_facts()
    site = Site(zones=ZONES, data_zone=ZONES[0])
    ground = _Ground(settings, opts)
    primary = plan_gpu(settings, facts, names, site)
    standby = plan_standby(settings, facts, names, site)
    hosts = HostStack(
        settings=settings,
        names=names,
        secret_paths=plan_secrets(settings, names).names,
        artifact_bucket=names.artifact_bucket,
    )
    canary = Canary("canary", plan_canary(settings, names), notices=ground.notices, opts=opts)
    around = GpuSurroundings(**ground.surroundings, canary=canary.handles)
    service = GpuService(
        "gpu",
        (primary.group, gpu_host(hosts, Role.PRIMARY)),
        (standby.group, gpu_host(hosts, Role.STANDBY)) if standby else None,
        around=around,
        opts=opts,
    )
    Failover(
        "failover",
        plan_failover(settings, names, standby),
        gpu=service.handles,
        notices=ground.notices,
        endpoint=around.endpoint,
        opts=opts,
    )
