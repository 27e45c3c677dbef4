"""The internal load balancer with its target group, listener and the gateway's name."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import Resource, ResourceOptions
from pulumi_aws import lb, route53

from infra.components.aws.handles import NetworkHandles
from infra.plans.endpoint_plan import LoadBalancerPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancer:
    """What was made, as far as others name it."""

    balancer: lb.LoadBalancer
    targets: lb.TargetGroup


def make_load_balancer(
    parent: Resource,
    name: str,
    plan: LoadBalancerPlan,
    network: NetworkHandles,
    zone: route53.Zone,
) -> LoadBalancer:
    """The load balancer, ready for nodes to register."""
    balancer = lb.LoadBalancer(
        f"{name}-load-balancer",
        name=plan.name,
        load_balancer_type="network",
        internal=True,
        subnets=list(network.subnet_ids.values()),
        security_groups=[group for group in (network.load_balancer_group_id,) if group is not None],
        enable_cross_zone_load_balancing=True,
        tags=plan.tags,
        # Two load balancers cannot have one name.
        opts=ResourceOptions(parent=parent, delete_before_replace=True),
    )
    targets = _targets(parent, name, plan, network)
    lb.Listener(
        f"{name}-listener",
        load_balancer_arn=balancer.arn,
        protocol="TCP",
        port=plan.port,
        default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
        tags=plan.target_group_tags,
        opts=ResourceOptions(parent=parent),
    )
    route53.Record(
        f"{name}-gateway",
        zone_id=zone.zone_id,
        name=plan.record_name,
        type="A",
        aliases=[
            {
                "name": balancer.dns_name,
                "zone_id": balancer.zone_id,
                # There is one address: an answer without it helps nobody.
                "evaluate_target_health": False,
            }
        ],
        opts=ResourceOptions(parent=parent),
    )
    return LoadBalancer(balancer=balancer, targets=targets)


def _targets(
    parent: Resource, name: str, plan: LoadBalancerPlan, network: NetworkHandles
) -> lb.TargetGroup:
    check = plan.check
    # Named by Pulumi: a successor must exist before the listener lets this one go.
    return lb.TargetGroup(
        f"{name}-targets",
        vpc_id=network.vpc_id,
        protocol="TCP",
        port=plan.port,
        target_type="instance",
        deregistration_delay=plan.drain_s,
        health_check={
            "protocol": "HTTP",
            "port": str(check.port),
            "path": check.path,
            "matcher": "200",
            "interval": check.interval_s,
            "timeout": check.timeout_s,
            "healthy_threshold": check.to_healthy,
            "unhealthy_threshold": check.to_unhealthy,
        },
        tags=plan.target_group_tags,
        opts=ResourceOptions(parent=parent),
    )
