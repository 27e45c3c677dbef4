"""The network component under the strict monitor: what is made, and what comes before what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from infra.components.aws.handles import AccountHandles, NetworkHandles
from infra.components.aws.network import Network
from infra.plans.network import NetworkPlan
from tests.program.harness import Registered, provider_options, run_component
from tests.unit.plans.network.vpcs import adopting, planned

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SUBNET = "aws:ec2/subnet:Subnet"
CLOSED: dict[str, Any] = {
    "network": {"egress": "interface_endpoints"},
    "endpoint": {"mode": "nlb"},
}


class _User(pulumi.CustomResource):
    """Something that lives in a subnet and a group, as a node does."""

    def __init__(self, handles: NetworkHandles, opts: pulumi.ResourceOptions) -> None:
        values: dict[str, Any] = {
            "subnets": list(handles.subnet_ids.values()),
            "groups": [handles.gpu_group_id, handles.vector_store_group_id],
        }
        super().__init__("test:index:User", "user", values, opts)


def register(
    plan: NetworkPlan, *, preview: bool, see: Callable[[NetworkHandles], None] | None = None
) -> Registered:
    """Run the component, with a user of its handles."""

    def build() -> None:
        account = AccountHandles(key_arn=pulumi.Output.from_input("arn:key"), key_id=None)
        network = Network("network", plan, account, opts=provider_options())
        after = list(network.handles.ready)
        _User(network.handles, pulumi.ResourceOptions(parent=network, depends_on=after))
        if see is not None:
            see(network.handles)

    return run_component(build, preview=preview)


def test_a_vpc_of_its_own(preview: bool) -> None:
    """Subnets in five zones without automatic addresses, one route out, S3 by its free endpoint."""
    made = register(planned(), preview=preview)
    assert made.one("aws:ec2/vpc:Vpc").inputs["enableDnsHostnames"] is True
    subnets = made.of(SUBNET)
    assert {subnet.inputs["availabilityZone"][-1] for subnet in subnets} == set("abcdf")
    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets} == {False}
    assert made.one("aws:ec2/route:Route").inputs["destinationCidrBlock"] == "0.0.0.0/0"
    assert made.one(ENDPOINT).inputs["vpcEndpointType"] == "Gateway"
    assert not made.of("aws:ec2/natGateway:NatGateway")


def test_the_default_security_group_is_emptied(preview: bool) -> None:
    """It is taken over with no rule at all."""
    group = register(planned(), preview=preview).one(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    )
    assert "ingress" not in group.inputs
    assert "egress" not in group.inputs


def test_a_closed_vpc_has_no_internet_gateway(preview: bool) -> None:
    """Its ways out are S3's gateway endpoint and the interface endpoints, with private DNS."""
    made = register(planned(**CLOSED), preview=preview)
    assert not made.of("aws:ec2/internetGateway:InternetGateway")
    assert not made.of("aws:ec2/route:Route")
    interfaces = [e for e in made.of(ENDPOINT) if e.inputs["vpcEndpointType"] == "Interface"]
    assert len(interfaces) == 5
    assert {endpoint.inputs["privateDnsEnabled"] for endpoint in interfaces} == {True}
    assert {len(endpoint.inputs["subnetIds"]) for endpoint in interfaces} == {2}
    assert not [rule for rule in made.of(EGRESS) if rule.inputs.get("cidrIpv4") == "0.0.0.0/0"]


def test_an_adopted_vpc_gets_security_groups_and_nothing_else(preview: bool) -> None:
    """No subnet, no route, no endpoint, no change of the default group."""
    plan = planned(network=adopting(client_security_group_ids=["sg-00000000000000000"]))
    made = register(plan, preview=preview)
    kinds = {each.type for each in made.resources if each.type.startswith("aws:")}
    assert kinds == {"aws:ec2/securityGroup:SecurityGroup", INGRESS, EGRESS}
    assert {group.inputs["vpcId"] for group in made.of("aws:ec2/securityGroup:SecurityGroup")} == {
        "vpc-00000000000000000"
    }


@pytest.mark.parametrize("groups", [{}, CLOSED], ids=["public_ipv4", "closed"])
def test_a_node_comes_after_its_way_out(groups: dict[str, Any], preview: bool) -> None:
    """Routes, endpoints and rules exist before anything that waits for the network to be ready."""
    made = register(planned(**groups), preview=preview)
    user = made.named("user")
    first = [
        *made.of("aws:ec2/route:Route"),
        *made.of("aws:ec2/routeTableAssociation:RouteTableAssociation"),
        *made.of(ENDPOINT),
        *made.of(EGRESS),
        *made.of(INGRESS),
    ]
    assert len(first) > 5
    assert [each.name for each in first if not made.needs(user, each)] == []


def test_a_new_rule_leaves_the_ids_of_groups_and_subnets_known() -> None:
    """Nothing but the resource itself is in an id: else a preview would show nodes replaced."""
    made = register(planned(**CLOSED), preview=False)
    first = made.named("user").property_dependencies
    kinds = {urn.split("::")[2].split("$")[-1] for urns in first.values() for urn in urns}
    assert kinds == {SUBNET, "aws:ec2/securityGroup:SecurityGroup"}


def test_no_inbound_rule_from_the_internet_and_no_port_22(preview: bool) -> None:
    """What AWS would be asked for, not only what was planned."""
    plan = planned(network={"client_cidrs": ["10.9.0.0/16"]}, endpoint={"mode": "nlb"})
    rules = register(plan, preview=preview).of(INGRESS)
    assert {rule.inputs["fromPort"] for rule in rules} == {6333, 8000, 8090}
    assert {rule.inputs.get("cidrIpv4") for rule in rules} == {None, "10.9.0.0/16"}
    assert all(rule.inputs["fromPort"] == rule.inputs["toPort"] for rule in rules)
    assert all(rule.inputs["description"] for rule in rules)


def test_taggable_resources_carry_their_name(preview: bool) -> None:
    """People find them by the tag Name."""
    made = register(planned(**CLOSED), preview=preview)
    taggable = ("vpc:Vpc", "subnet:Subnet", "routeTable:RouteTable", "securityGroup:SecurityGroup")
    for each in made.resources:
        if each.type.removeprefix("aws:ec2/") in taggable or each.type == ENDPOINT:
            assert each.inputs["tags"]["Name"].startswith("retrieval-prod-"), each.name


def test_flow_logs_are_encrypted_and_kept_as_long_as_other_logs(preview: bool) -> None:
    """The log group has the stack's key; the role can write before the flow log starts."""
    made = register(planned(network={"flow_logs": True}), preview=preview)
    group = made.one("aws:cloudwatch/logGroup:LogGroup")
    assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (30, "arn:key")
    flow = made.one("aws:ec2/flowLog:FlowLog")
    assert made.needs(flow, made.one("aws:iam/rolePolicy:RolePolicy"))


def test_handles_of_a_shared_vector_store_name_the_gpu_group() -> None:
    """Qdrant is on the GPU node then, and there is no load balancer."""
    seen: list[Any] = []

    def see(handles: NetworkHandles) -> None:
        assert handles.load_balancer_group_id is None
        both = pulumi.Output.all(handles.gpu_group_id, handles.vector_store_group_id)
        both.apply(seen.extend)

    plan = planned(vector_store={"placement": "shared"}, standby={"mode": "off"})
    register(plan, preview=False, see=see)
    assert len(set(seen)) == 1
