"""The network as a component: a VPC of its own or the application's, and the security groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_aws import ec2

from infra.components.aws.created_vpc import make_subnets, make_vpc
from infra.components.aws.flow_logs import make_flow_log
from infra.components.aws.handles import AccountHandles, NetworkHandles
from infra.components.aws.interface_endpoints import make_endpoints
from infra.components.aws.security_groups import make_groups, make_rules
from infra.plans.network import AdoptedVpc, CreatedVpc, NetworkPlan, SecurityRole


class Network(ComponentResource):
    """Walks a `NetworkPlan`. In an adopted VPC only security groups are made.

    A node must come after `handles.ready`, or it boots without a way out.
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
        subnets = make_subnets(self, name, plan, vpc, vpc_id)
        if vpc.flow_log is not None:
            make_flow_log(self, name, vpc.flow_log, vpc_id, account)
        groups = make_groups(self, name, plan, vpc_id)
        ready = [*subnets.routes, *make_rules(self, name, plan, groups, subnets.s3_list)]
        if vpc.endpoints:
            door = groups[SecurityRole.ENDPOINTS]
            ready += make_endpoints(self, name, vpc, subnets.ids, door)
        return _handles(vpc_id, subnets.ids, groups, ready)

    def _adopt(self, name: str, plan: NetworkPlan, vpc: AdoptedVpc) -> NetworkHandles:
        vpc_id = Output.from_input(vpc.vpc_id)
        groups = make_groups(self, name, plan, vpc_id)
        rules = make_rules(self, name, plan, groups, None)
        subnet_ids = {zone: Output.from_input(s) for zone, s in vpc.subnet_ids.items()}
        return _handles(vpc_id, subnet_ids, groups, rules)


def _handles(
    vpc_id: Output[str],
    subnet_ids: Mapping[str, Output[str]],
    groups: Mapping[SecurityRole, ec2.SecurityGroup],
    ready: Sequence[Resource],
) -> NetworkHandles:
    gpu = groups[SecurityRole.GPU]
    balancer = groups.get(SecurityRole.LOAD_BALANCER)
    return NetworkHandles(
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        gpu_group_id=gpu.id,
        # Where the placement is shared, Qdrant is on the GPU node and in its group.
        vector_store_group_id=groups.get(SecurityRole.VECTOR_STORE, gpu).id,
        load_balancer_group_id=balancer.id if balancer else None,
        ready=ready,
    )
