"""The endpoint component under the strict monitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi import Output

from infra.components.aws.endpoint import Endpoint
from infra.components.aws.handles import EndpointHandles, NetworkHandles
from infra.plans.endpoint_plan import plan_endpoint
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from tests.program.harness import Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"


def register(
    *,
    mode: str,
    preview: bool,
    see: Callable[[EndpointHandles], None] | None = None,
) -> Registered:
    """Run the component in a network of two zones."""
    settings = aws_settings(endpoint={"mode": mode})
    plan = plan_endpoint(settings, sample_facts(), names_of(settings.aws, stack="prod"))

    def build() -> None:
        network = NetworkHandles(
            vpc_id=Output.from_input("vpc-1"),
            subnet_ids={zone: Output.from_input(f"subnet-{zone}") for zone in ("a", "b")},
            gpu_group_id=Output.from_input("sg-gpu"),
            vector_store_group_id=Output.from_input("sg-store"),
            load_balancer_group_id=Output.from_input("sg-lb") if mode == "nlb" else None,
        )
        endpoint = Endpoint("endpoint", plan, network, opts=provider_options())
        if see is not None:
            see(endpoint.handles)

    return run_component(build, preview=preview)


def test_dns_is_a_zone_and_no_record(preview: bool) -> None:
    """Hosts write the gateway's record, so the zone must go with whatever is in it."""
    made = register(mode="dns", preview=preview)
    zone = made.one("aws:route53/zone:Zone")
    assert (zone.inputs["name"], zone.inputs["forceDestroy"]) == ("retrieval.internal", True)
    assert zone.inputs["vpcs"] == [{"vpcId": "vpc-1"}]
    assert not made.of("aws:route53/record:Record")
    assert not made.of(BALANCER)


def test_load_balancer_is_internal_and_crosses_zones(preview: bool) -> None:
    """In all subnets, with its own security group."""
    balancer = register(mode="nlb", preview=preview).one(BALANCER)
    assert balancer.inputs["internal"] is True
    assert balancer.inputs["loadBalancerType"] == "network"
    assert balancer.inputs["enableCrossZoneLoadBalancing"] is True
    assert balancer.inputs["subnets"] == ["subnet-a", "subnet-b"]
    assert balancer.inputs["securityGroups"] == ["sg-lb"]
    assert balancer.delete_before_replace


def test_targets_are_asked_over_http(preview: bool) -> None:
    """TCP to the gateway, health from the agent; the name is automatic."""
    made = register(mode="nlb", preview=preview)
    targets = made.one(TARGETS).inputs
    assert (targets["protocol"], targets["port"], targets["targetType"]) == (
        "TCP",
        8000,
        "instance",
    )
    check = targets["healthCheck"]
    assert (check["protocol"], check["port"], check["path"]) == ("HTTP", "8090", "/healthz")
    assert "name" not in targets
    listener = made.one("aws:lb/listener:Listener").inputs
    assert (listener["protocol"], listener["port"]) == ("TCP", 8000)


def test_gateway_name_is_an_alias_of_the_load_balancer(preview: bool) -> None:
    """The same name as with dns; this record is the program's."""
    made = register(mode="nlb", preview=preview)
    record = made.one("aws:route53/record:Record")
    assert record.inputs["name"] == "gateway.retrieval.internal"
    assert record.inputs["type"] == "A"
    assert made.needs(record, made.one(BALANCER))


def test_handles_say_where_nodes_register() -> None:
    """One target group for both groups of nodes, and the dimensions of its metrics."""
    seen: dict[str, Any] = {}

    def see(handles: EndpointHandles) -> None:
        seen["url"] = handles.url
        assert handles.load_balancer_suffix is not None
        assert handles.target_group_suffix is not None
        Output.all(
            *handles.target_group_arns,
            handles.load_balancer_suffix,
            handles.target_group_suffix,
            handles.zone_arn,
        ).apply(lambda all_: seen.update(values=all_))

    register(mode="nlb", preview=False, see=see)
    arn, balancer, targets, zone = seen["values"]
    assert arn.startswith("arn:aws:elasticloadbalancing:")
    assert balancer.startswith("net/retrieval-prod-gateway/")
    assert targets.startswith("targetgroup/")
    assert ":hostedzone/" in zone
    assert seen["url"] == "http://gateway.retrieval.internal:8000"


def test_dns_has_no_place_to_register() -> None:
    """Nodes write their own record instead."""

    def see(handles: EndpointHandles) -> None:
        assert list(handles.target_group_arns) == []
        assert handles.load_balancer_suffix is None

    register(mode="dns", preview=False, see=see)
