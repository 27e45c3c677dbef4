"""Account facts by look-up: what the program asks with the account's credentials, and makes of it.

The answers are made up in the shapes of the installed SDK; no account was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from pulumi.runtime import mocks, set_all_config

from infra.errors import StackError
from infra.plans.facts import AccountFacts, FactsOrigin
from infra.plans.naming import names_of
from infra.plans.stack import plan_stack
from infra.settings import StackSettings
from stacks.facts import explicit_provider, gather_facts
from tests.program.example_stacks import ACCOUNT, GPU_AMI, STORE_AMI, resolved

VPC = "vpc-04444444444444444"
TYPES = ("g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge", "t3.medium", "t3.large", "t3.xlarge")
ZONES = ("us-east-1a", "us-east-1b", "us-east-1e", "us-east-1-bos-1a")


class Account(mocks.Mocks):
    """An account that answers look-ups from a table; `lacks` are tokens that find nothing."""

    def __init__(self, lacks: frozenset[str] = frozenset(), error: str = "") -> None:
        self.lacks = lacks
        self.error = error
        self.asked: list[str] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        name = args.token.rpartition(":")[2]
        self.asked.append(name)
        if self.error:
            return {}, [("", self.error)]
        if name in self.lacks:
            return {}, [("", f"no matching thing found for {name}")]
        return _answer(name, args.args)


def _answer(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [(zone, kind) for zone in ZONES for kind in TYPES if zone != "us-east-1e"]
    last = str(given.get("id"))[-1]
    answers: dict[str, dict[str, Any]] = {
        "getAvailabilityZones": {
            "names": list(ZONES),
            "zoneIds": [f"use1-az{place}" for place, _ in enumerate(ZONES)],
        },
        "getInstanceTypeOfferings": {
            "locations": [zone for zone, _ in pairs],
            "instanceTypes": [kind for _, kind in pairs],
        },
        "getAmi": {
            "id": _filter(given),
            "name": "an image",
            "ownerId": "111111111111",
            "architecture": "x86_64",
            "creationDate": "2026-10-01T12:00:00.000Z",
            "deprecationTime": "2028-10-01T12:00:00.000Z",
            "rootDeviceName": "/dev/sda1",
            "blockDeviceMappings": [{"deviceName": "/dev/sda1", "ebs": {"volume_size": "20"}}],
        },
        "getServiceQuota": {"value": 16.0},
        "getRoles": {"names": ["AWSServiceRoleForAutoScaling", "AWSServiceRoleForEC2Spot", "x"]},
        "getEncryptionByDefault": {"enabled": True},
        "getDefaultKmsKey": {"keyArn": "arn:aws:kms:us-east-1:123456789012:key/1"},
        "getBucket": {"bucket": given.get("bucket")},
        "getVpc": {
            "cidrBlockAssociations": [{"cidrBlock": "10.20.0.0/16"}],
            "enableDnsSupport": True,
            "enableDnsHostnames": True,
            "mainRouteTableId": "rtb-main",
        },
        "getSecurityGroups": {"ids": ["sg-04444444444444444"]},
        "getSubnets": {"ids": ["subnet-04444444444444441", "subnet-04444444444444442"]},
        "getSubnet": {
            "availabilityZone": "us-east-1a" if last == "1" else "us-east-1b",
            "cidrBlock": f"10.20.{last}.0/24",
            "availableIpAddressCount": 200,
        },
        "getRouteTables": {"ids": []},
        "getRouteTable": {"routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1",
                                      "gatewayId": "", "transitGatewayId": "",
                                      "networkInterfaceId": ""}]},
        "getVpcEndpoint": {"routeTableIds": ["rtb-main"], "privateDnsEnabled": True},
        "getZone": {"tags": {}},
    }  # fmt: skip
    return answers[name]


def _filter(given: Mapping[str, Any]) -> str:
    filters = given.get("filters") or [{}]
    values = filters[0].get("values") or [""]
    return str(values[0])


def ask(settings: StackSettings, account: Account) -> AccountFacts:
    """What the program learns from an account."""
    set_all_config({})
    mocks.set_mocks(account, preview=True)
    found: list[AccountFacts] = []

    @mocks.test
    def program() -> None:
        names = names_of(settings.aws, stack="prod")
        found.append(gather_facts(settings, names, explicit_provider(settings, names)))

    program()
    return found[0]


def test_production() -> None:
    """Zones, images, quotas, roles and keys; enough for all plans of production."""
    settings = resolved("prod")
    facts = ask(settings, Account())
    assert facts.origin is FactsOrigin.ACCOUNT
    assert facts.account_id == ACCOUNT
    assert [zone.name for zone in facts.zones] == ["us-east-1a", "us-east-1b", "us-east-1e"]
    assert [zone.name for zone in facts.zones_offering("g4dn.xlarge")] == [
        "us-east-1a",
        "us-east-1b",
    ]
    assert {ami.id for ami in facts.amis} == {GPU_AMI, STORE_AMI}
    assert facts.amis[0].built_on == date(2026, 10, 1)
    assert facts.quotas.on_demand_gpu_vcpus == 16
    assert facts.vpcs == ()
    plan = plan_stack(settings, facts, stack="prod")
    assert not [item for item in plan.missing if item.blocks_up]


def test_adopted_vpc() -> None:
    """The VPC with its subnets' routes, endpoints and groups."""
    settings = resolved("adopted-vpc")
    account = Account(lacks=frozenset({"getZone"}))
    (vpc,) = ask(settings, account).vpcs
    assert vpc.id == settings.network.vpc_id
    assert [subnet.zone for subnet in vpc.subnets] == ["us-east-1a", "us-east-1b"]
    assert {subnet.route_table_id for subnet in vpc.subnets} == {"rtb-main"}
    assert all(subnet.nat_route for subnet in vpc.subnets)
    assert vpc.s3_gateway_route_table_ids == {"rtb-main"}
    assert vpc.private_zones == ()


def test_a_zone_of_the_same_name() -> None:
    """A private zone that the VPC resolves already is told, unless it is the stack's own."""
    (vpc,) = ask(resolved("adopted-vpc"), Account()).vpcs
    assert vpc.private_zones == ("retrieval.internal",)


def test_what_is_not_there_is_left_out() -> None:
    """No image, quota or bucket is None or absent, not an error."""
    lacks = frozenset({"getAmi", "getServiceQuota", "getBucket"})
    facts = ask(resolved("prod"), Account(lacks))
    assert (facts.amis, facts.artifact_bucket) == ((), None)
    assert facts.quotas.spot_gpu_vcpus is None


def test_no_credentials() -> None:
    """Any other failure ends the run with the provider's words and a remedy."""
    with pytest.raises(StackError, match="ExpiredToken") as refused:
        ask(resolved("prod"), Account(error="ExpiredToken: the token is expired"))
    assert "make preview" in refused.value.remedy
