"""The network as a component: a VPC of its own or the application's, and the security groups."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import ec2

from infra.components.aws.flow_logs import make_flow_log
from infra.components.aws.handles import AccountHandles, NetworkHandles
from infra.components.aws.security_groups import make_groups, make_rules
from infra.plans.network import AdoptedVpc, CreatedVpc, NetworkPlan, SecurityRole
from infra.plans.network.rules import ANYWHERE


class Network(ComponentResource):
    """Walks a `NetworkPlan`. In an adopted VPC only security groups are made."""

    handles: NetworkHandles

    def __init__(
        self,
        name: str,
        plan: NetworkPlan,
        account: AccountHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Network", name, None, opts)
        self._name = name
        match plan.vpc:
            case CreatedVpc() as vpc:
                made = ec2.Vpc(
                    f"{name}-vpc",
                    cidr_block=str(vpc.cidr),
                    enable_dns_support=True,
                    enable_dns_hostnames=True,  # a private zone and private endpoints need both
                    tags=plan.tags["vpc"],
                    opts=ResourceOptions(parent=self),
                )
                vpc_id, groups = made.id, make_groups(self, name, plan, made.id)
                subnet_ids, s3_list = self._fill(plan, vpc, made.id, groups)
                if vpc.flow_log is not None:
                    make_flow_log(self, name, vpc.flow_log, made.id, account)
            case AdoptedVpc() as vpc:
                vpc_id, s3_list = Output.from_input(vpc.vpc_id), None
                groups = make_groups(self, name, plan, vpc_id)
                subnet_ids = {z: Output.from_input(s) for z, s in vpc.subnet_ids.items()}
        make_rules(self, name, plan, groups, s3_list)
        gpu = groups[SecurityRole.GPU]
        balancer = groups.get(SecurityRole.LOAD_BALANCER)
        self.handles = NetworkHandles(
            vpc_id=vpc_id,
            subnet_ids=subnet_ids,
            gpu_group_id=gpu.id,
            # Where the placement is shared, Qdrant is on the GPU node and in its group.
            vector_store_group_id=groups.get(SecurityRole.VECTOR_STORE, gpu).id,
            load_balancer_group_id=balancer.id if balancer else None,
        )
        self.register_outputs({"vpc_id": vpc_id, "subnet_ids": dict(subnet_ids)})

    def _fill(
        self,
        plan: NetworkPlan,
        vpc: CreatedVpc,
        vpc_id: Output[str],
        groups: Mapping[SecurityRole, ec2.SecurityGroup],
    ) -> tuple[Mapping[str, Output[str]], Output[str]]:
        """Subnets by zone and the address list of S3."""
        name, tags, own = self._name, plan.tags, ResourceOptions(parent=self)
        ec2.DefaultSecurityGroup(  # taken over without a rule, which takes its rules away
            f"{name}-default-closed", vpc_id=vpc_id, tags=tags["default-closed"], opts=own
        )
        table = ec2.RouteTable(f"{name}-routes", vpc_id=vpc_id, tags=tags["routes"], opts=own)
        way: list[ec2.Route] = []
        if vpc.internet_gateway:
            gateway = ec2.InternetGateway(
                f"{name}-gateway", vpc_id=vpc_id, tags=tags["gateway"], opts=own
            )
            way = [
                ec2.Route(
                    f"{name}-route",
                    route_table_id=table.id,
                    destination_cidr_block=str(ANYWHERE),
                    gateway_id=gateway.id,
                    opts=own,
                )
            ]
        subnet_ids: dict[str, Output[str]] = {}
        for subnet in vpc.subnets:
            made = ec2.Subnet(
                f"{name}-subnet-{subnet.zone}",
                vpc_id=vpc_id,
                availability_zone=subnet.zone,
                cidr_block=str(subnet.cidr),
                map_public_ip_on_launch=False,
                tags=subnet.tags,
                opts=ResourceOptions(parent=self),
            )
            routed = ec2.RouteTableAssociation(
                f"{name}-routes-{subnet.zone}",
                subnet_id=made.id,
                route_table_id=table.id,
                opts=ResourceOptions(parent=self, depends_on=way),
            )
            # A node that boots before its subnet has a route would not reach AWS.
            subnet_ids[subnet.zone] = Output.all(made.id, routed.id).apply(lambda both: both[0])
        s3 = ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc_id,
            service_name=vpc.s3_service_name,
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id],
            tags=tags["s3"],
            opts=ResourceOptions(parent=self),
        )
        for endpoint in vpc.endpoints:
            ec2.VpcEndpoint(
                f"{name}-endpoint-{endpoint.service}",
                vpc_id=vpc_id,
                service_name=endpoint.service_name,
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=[subnet_ids[zone] for zone in vpc.endpoint_zones],
                security_group_ids=[groups[SecurityRole.ENDPOINTS].id],
                tags=endpoint.tags,
                opts=ResourceOptions(parent=self),
            )
        return subnet_ids, s3.prefix_list_id
