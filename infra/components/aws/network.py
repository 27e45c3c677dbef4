"""The network as a component: a VPC of its own or the application's, and the security groups."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import ComponentResource, CustomResource, Output, ResourceOptions

from infra.components.aws.created_vpc import after, make_endpoints, make_subnets, make_vpc
from infra.components.aws.flow_logs import make_flow_log
from infra.components.aws.handles import AccountHandles, NetworkHandles
from infra.components.aws.security_groups import make_groups, make_rules
from infra.plans.network import AdoptedVpc, CreatedVpc, NetworkPlan, SecurityRole


class Network(ComponentResource):
    """Walks a `NetworkPlan`. In an adopted VPC only security groups are made.

    Whoever uses a subnet or a group of the handles comes after its routes, rules and endpoints.
    """

    handles: NetworkHandles

    def __init__(
        self,
        name: str,
        plan: NetworkPlan,
        account: AccountHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Network", name, None, opts)
        match plan.vpc:
            case CreatedVpc() as vpc:
                self.handles = self._create(name, plan, vpc, account)
            case AdoptedVpc() as vpc:
                self.handles = self._adopt(name, plan, vpc)
        self.register_outputs(
            {"vpc_id": self.handles.vpc_id, "subnet_ids": dict(self.handles.subnet_ids)}
        )

    def _create(
        self, name: str, plan: NetworkPlan, vpc: CreatedVpc, account: AccountHandles
    ) -> NetworkHandles:
        vpc_id = make_vpc(self, name, plan, vpc).id
        subnet_ids, s3 = make_subnets(self, name, plan, vpc, vpc_id)
        if vpc.flow_log is not None:
            make_flow_log(self, name, vpc.flow_log, vpc_id, account)
        groups = make_groups(self, name, plan, vpc_id)
        rules = make_rules(self, name, plan, groups, s3.prefix_list_id)
        ways: list[CustomResource] = []
        if vpc.endpoints:
            door = SecurityRole.ENDPOINTS
            ways = [*make_endpoints(self, name, vpc, subnet_ids, groups[door]), *rules[door]]
        return _handles(
            vpc_id,
            {zone: after(subnet, ways) for zone, subnet in subnet_ids.items()},
            {role: after(group.id, rules[role]) for role, group in groups.items()},
        )

    def _adopt(self, name: str, plan: NetworkPlan, vpc: AdoptedVpc) -> NetworkHandles:
        vpc_id = Output.from_input(vpc.vpc_id)
        groups = make_groups(self, name, plan, vpc_id)
        rules = make_rules(self, name, plan, groups, None)
        return _handles(
            vpc_id,
            {zone: Output.from_input(subnet) for zone, subnet in vpc.subnet_ids.items()},
            {role: after(group.id, rules[role]) for role, group in groups.items()},
        )


def _handles(
    vpc_id: Output[str],
    subnet_ids: Mapping[str, Output[str]],
    group_ids: Mapping[SecurityRole, Output[str]],
) -> NetworkHandles:
    gpu = group_ids[SecurityRole.GPU]
    return NetworkHandles(
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        gpu_group_id=gpu,
        # Where the placement is shared, Qdrant is on the GPU node and in its group.
        vector_store_group_id=group_ids.get(SecurityRole.VECTOR_STORE, gpu),
        load_balancer_group_id=group_ids.get(SecurityRole.LOAD_BALANCER),
    )
