"""Stacks for the rules about the network."""

from __future__ import annotations

from infra.policy.rules import types
from tests.unit.policy.case import Case, of
from tests.unit.policy.given import Given

_CLIENT = {
    "cidrIpv4": "10.0.0.0/16",
    "ipProtocol": "tcp",
    "fromPort": 8080,
    "toPort": 8080,
    "description": "a client calls",
}

NETWORK = [
    Case("no-public-ingress", "a private network", of(types.INGRESS_RULE, **_CLIENT)),
    Case(
        "no-public-ingress",
        "the world",
        of(types.INGRESS_RULE, **{**_CLIENT, "cidrIpv4": "0.0.0.0/0"}),
        "inbound from 0.0.0.0/0",
    ),
    Case(
        "no-public-ingress",
        "half of the world",
        of(types.INGRESS_RULE, **{**_CLIENT, "cidrIpv4": "0.0.0.0/1"}),
        "inbound from 0.0.0.0/1",
    ),
    Case(
        "no-public-ingress",
        "the world by IPv6, inside a group",
        of(types.SECURITY_GROUP, ingress=[{"ipv6CidrBlocks": ["::/0"], "protocol": "tcp"}]),
        "inbound from ::/0",
    ),
    Case(
        "no-public-ingress",
        "Qdrant open to the world, in the old form",
        of(
            types.SECURITY_GROUP_RULE,
            type="ingress",
            protocol="tcp",
            fromPort=6333,
            toPort=6333,
            cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"],
        ),
        "inbound from 0.0.0.0/0",
    ),
    Case(
        "no-public-ingress",
        "a prefix list",
        of(types.INGRESS_RULE, prefixListId="pl-1", ipProtocol="tcp"),
        "whose members cannot be seen",
    ),
    Case("no-login-ports", "one port", of(types.INGRESS_RULE, **_CLIENT)),
    Case(
        "no-login-ports",
        "SSH from a private network",
        of(types.INGRESS_RULE, **{**_CLIENT, "fromPort": 22, "toPort": 22}),
        "port 22 (SSH)",
    ),
    Case(
        "no-login-ports",
        "a range that covers RDP",
        of(types.INGRESS_RULE, **{**_CLIENT, "fromPort": 3000, "toPort": 4000}),
        "port 3389 (RDP)",
    ),
    Case(
        "no-login-ports",
        "every protocol",
        of(types.INGRESS_RULE, cidrIpv4="10.0.0.0/8", ipProtocol="-1"),
        "every port",
    ),
    Case(
        "narrow-egress",
        "HTTPS to the world",
        of(types.EGRESS_RULE, cidrIpv4="0.0.0.0/0", ipProtocol="tcp", fromPort=443, toPort=443),
    ),
    Case(
        "narrow-egress",
        "everything to the world",
        of(types.EGRESS_RULE, cidrIpv4="0.0.0.0/0", ipProtocol="-1"),
        "more than port 443",
    ),
    Case("security-groups-described", "a rule with a text", of(types.INGRESS_RULE, **_CLIENT)),
    Case(
        "security-groups-described",
        "AWS's own text",
        of(types.SECURITY_GROUP, description="Managed by Pulumi"),
        "does not say what it is for",
    ),
    Case(
        "default-group-empty",
        "taken over empty",
        (
            Given(type=types.VPC, name="vpc", props={}),
            Given(type=types.DEFAULT_GROUP, props={"ingress": []}, uses={"vpcId": ["vpc"]}),
        ),
    ),
    Case("default-group-empty", "left as it is", of(types.VPC), "keeps AWS's rules"),
    Case(
        "default-group-empty",
        "taken over with a rule",
        of(types.DEFAULT_GROUP, ingress=[{"self": True}]),
        "has ingress rules",
    ),
    Case("load-balancer-internal", "internal", of(types.LOAD_BALANCER, internal=True)),
    Case(
        "load-balancer-internal",
        "public, as is AWS's default",
        of(types.LOAD_BALANCER, loadBalancerType="network"),
        "faces the internet",
    ),
    Case("flow-log-whole", "everything", of(types.FLOW_LOG, trafficType="ALL")),
    Case(
        "flow-log-whole",
        "refusals only",
        of(types.FLOW_LOG, trafficType="REJECT"),
        "does not show what got through",
    ),
    Case(
        "nothing-idle",
        "a group that a node has",
        (
            Given(type=types.SECURITY_GROUP, name="group", props={}),
            Given(type=types.INSTANCE, props={}, uses={"vpcSecurityGroupIds": ["group"]}),
        ),
    ),
    Case("nothing-idle", "a lone address", of(types.ADDRESS), "belongs to nothing"),
    Case("nothing-idle", "a lone group", of(types.SECURITY_GROUP), "protects nothing"),
]
