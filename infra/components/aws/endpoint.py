"""The gateway's address as a component: a private zone, and a load balancer if it is planned."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import lb, route53

from infra.components.aws.handles import EndpointHandles, NetworkHandles
from infra.plans.endpoint_plan import EndpointPlan, LoadBalancerPlan


class Endpoint(ComponentResource):
    """Walks an `EndpointPlan`. Records of hosts are the hosts' own, so the zone forces destroy."""

    handles: EndpointHandles

    def __init__(
        self,
        name: str,
        plan: EndpointPlan,
        network: NetworkHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Endpoint", name, None, opts)
        zone = route53.Zone(
            f"{name}-zone",
            name=plan.zone.name,
            comment=plan.zone.comment,
            vpcs=[{"vpc_id": network.vpc_id}],
            force_destroy=True,
            tags=plan.zone.tags,
            opts=ResourceOptions(parent=self),
        )
        balancer = targets = None
        if plan.balancer is not None:
            balancer = self._balancer(name, plan.balancer, network)
            targets = self._targets(name, plan.balancer, network, balancer)
            self._record(name, plan.balancer, zone, balancer)
        self.handles = EndpointHandles(
            url=plan.url,
            zone_id=zone.zone_id,
            zone_arn=zone.arn,
            target_group_arns=[targets.arn] if targets else [],
            load_balancer_suffix=balancer.arn_suffix if balancer else None,
            target_group_suffix=targets.arn_suffix if targets else None,
        )
        self.register_outputs({"url": plan.url, "zone_id": zone.zone_id})

    def _balancer(
        self, name: str, plan: LoadBalancerPlan, network: NetworkHandles
    ) -> lb.LoadBalancer:
        group = network.load_balancer_group_id
        return lb.LoadBalancer(
            f"{name}-load-balancer",
            name=plan.name,
            load_balancer_type="network",
            internal=True,
            subnets=list(network.subnet_ids.values()),
            security_groups=[group] if group is not None else [],
            enable_cross_zone_load_balancing=True,
            tags=plan.tags,
            # Two load balancers cannot have one name.
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _targets(
        self,
        name: str,
        plan: LoadBalancerPlan,
        network: NetworkHandles,
        balancer: lb.LoadBalancer,
    ) -> lb.TargetGroup:
        check = plan.check
        # Named by Pulumi: a successor must exist before the listener lets this one go.
        targets = lb.TargetGroup(
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
            opts=ResourceOptions(parent=self),
        )
        lb.Listener(
            f"{name}-listener",
            load_balancer_arn=balancer.arn,
            protocol="TCP",
            port=plan.port,
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            tags=plan.target_group_tags,
            opts=ResourceOptions(parent=self),
        )
        return targets

    def _record(
        self, name: str, plan: LoadBalancerPlan, zone: route53.Zone, balancer: lb.LoadBalancer
    ) -> None:
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
            opts=ResourceOptions(parent=self),
        )
