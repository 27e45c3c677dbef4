"""The gateway's address as a component: a private zone, and a load balancer if it is planned."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import route53

from infra.components.aws.handles import EndpointHandles, NetworkHandles
from infra.components.aws.load_balancer import make_load_balancer
from infra.plans.endpoint_plan import EndpointPlan


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
        made = (
            make_load_balancer(self, name, plan.balancer, network, zone) if plan.balancer else None
        )
        self.handles = EndpointHandles(
            url=plan.url,
            zone_id=zone.zone_id,
            zone_arn=zone.arn,
            target_group_arns=[made.targets.arn] if made else [],
            load_balancer_suffix=made.balancer.arn_suffix if made else None,
            target_group_suffix=made.targets.arn_suffix if made else None,
        )
        self.register_outputs({"url": plan.url, "zone_id": zone.zone_id})
