"""For each rule a stack that passes and deliberately bad ones, as data."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.policy.rules import types
from infra.policy.rules.disks import SHARED_SNAPSHOT
from tests.unit.policy.given import TAGS, Given

EFS = "aws:efs/fileSystem:FileSystem"
USER = "aws:iam/user:User"


@dataclass(frozen=True)
class Case:
    """One stack under one rule; `says` is a part of the message, empty where it passes."""

    rule: str
    what: str
    given: tuple[Given, ...]
    says: str = ""
    config: Mapping[str, Any] | None = None


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = None, **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    found = {"Sid": "Test", "Effect": "Allow", "Action": action, **more}
    return found if resource is None else {**found, "Resource": resource}


def no_plain(resource: str) -> dict[str, Any]:
    """The statement that refuses requests without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "*",
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def of(type_: str, **props: Any) -> tuple[Given, ...]:
    """A stack of one resource."""
    return (Given(type=type_, props=props),)


def encoded(text: str) -> str:
    """User data as a launch template takes it."""
    return base64.b64encode(text.encode()).decode()


def zipped(text: str) -> str:
    """User data, compressed."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


_TOKENS = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
_ROOT = {"encrypted": True, "volumeType": "gp3", "volumeSize": 20}
_MAPPING = {
    "deviceName": "/dev/sda1",
    "ebs": {"encrypted": "true", "volumeType": "gp3", "volumeSize": 80},
}
_CLIENT = {
    "cidrIpv4": "10.0.0.0/16",
    "ipProtocol": "tcp",
    "fromPort": 8080,
    "toPort": 8080,
    "description": "a client calls",
}
_ASSUME = "sts:AssumeRoleWithWebIdentity"
_GITHUB = {
    "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
}
_ISSUER = "token.actions.githubusercontent.com"
_BUCKET = Given(type=types.BUCKET, name="bucket", props={"bucket": "b"}, protect=True)
_TOPIC = Given(type=types.TOPIC, name="topic", props={"name": "t"})


def beside(type_: str, **props: Any) -> Given:
    """Something that belongs to the bucket."""
    return Given(type=type_, name="beside", props=props, uses={"bucket": ["bucket"]})


def topic_policy(text: str) -> Given:
    """The topic's policy."""
    return Given(
        type=types.TOPIC_POLICY, name="policy", props={"policy": text}, uses={"arn": ["topic"]}
    )


def trusted(principal: Any, condition: Any = None) -> tuple[Given, ...]:
    """A role that trusts someone."""
    more = {} if condition is None else {"Condition": condition}
    action = _ASSUME if principal == _GITHUB else "sts:AssumeRole"
    return of(types.ROLE, assumeRolePolicy=document(allow(action, Principal=principal, **more)))


def github(subject: str, operator: str = "StringEquals") -> dict[str, Any]:
    """A condition on GitHub's token."""
    return {
        "StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com"},
        operator: {
            f"{_ISSUER}:sub": subject,
            **({f"{_ISSUER}:aud": "sts.amazonaws.com"} if operator == "StringEquals" else {}),
        },
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

MACHINES = [
    Case("imdsv2-only", "a template", of(types.TEMPLATE, metadataOptions=_TOKENS)),
    Case("imdsv2-only", "AWS's default", of(types.INSTANCE), "IMDSv1"),
    Case(
        "imdsv2-only",
        "optional tokens",
        of(types.TEMPLATE, metadataOptions={"httpTokens": "optional"}),
        "IMDSv1",
    ),
    Case("metadata-hop-limit-1", "a template", of(types.TEMPLATE, metadataOptions=_TOKENS)),
    Case(
        "metadata-hop-limit-1",
        "two hops",
        of(types.INSTANCE, metadataOptions={**_TOKENS, "httpPutResponseHopLimit": 2}),
        "containers reach",
    ),
    Case("no-key-pair", "none", of(types.INSTANCE)),
    Case("no-key-pair", "one", of(types.INSTANCE, keyName="admin"), "SSH"),
    Case("node-has-role", "a profile", of(types.INSTANCE, iamInstanceProfile="p")),
    Case("node-has-role", "none", of(types.TEMPLATE), "no session"),
    Case("pinned-machine-image", "an id", of(types.INSTANCE, ami="ami-0123456789abcdef0")),
    Case(
        "pinned-machine-image",
        "the newest of a name",
        of(types.TEMPLATE, imageId="resolve:ssm:/aws/service/ami/latest"),
        "may be another",
    ),
    Case(
        "no-launch-configuration",
        "one",
        of(types.LAUNCH_CONFIGURATION),
        "has no versions",
    ),
    Case("no-launch-configuration", "a template", of(types.TEMPLATE)),
    Case(
        "numbered-launch-template",
        "a number",
        of(types.GROUP, launchTemplate={"id": "lt-1", "version": "3"}),
    ),
    Case(
        "numbered-launch-template",
        "the latest, in a mixed group",
        of(
            types.GROUP,
            mixedInstancesPolicy={
                "launchTemplate": {"launchTemplateSpecification": {"version": "$Latest"}}
            },
        ),
        "not a number",
    ),
    Case("numbered-launch-template", "no template", of(types.GROUP), "without a launch template"),
    Case("spot-group-rebalances", "on demand", of(types.GROUP)),
    Case(
        "spot-group-rebalances",
        "spot without",
        of(
            types.GROUP,
            mixedInstancesPolicy={
                "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 0}
            },
        ),
        "waits for the notice",
    ),
    Case(
        "group-believes-load-balancer",
        "it does",
        of(types.GROUP, targetGroupArns=["a"], healthCheckType="ELB"),
    ),
    Case(
        "group-believes-load-balancer",
        "it does not",
        of(types.GROUP, targetGroupArns=["a"], healthCheckType="EC2"),
        "gave up",
    ),
    Case("no-public-address-by-default", "none", of(types.SUBNET, mapPublicIpOnLaunch=False)),
    Case(
        "no-public-address-by-default",
        "for everyone",
        of(types.SUBNET, mapPublicIpOnLaunch=True),
        "whatever starts in it",
    ),
    Case(
        "public-address-behind-own-group",
        "a group of its own",
        of(
            types.TEMPLATE,
            networkInterfaces=[{"associatePublicIpAddress": "true", "securityGroups": ["sg-1"]}],
        ),
    ),
    Case(
        "public-address-behind-own-group",
        "a data host without one",
        of(types.INSTANCE, associatePublicIpAddress=True),
        "default group",
    ),
]

DISKS = [
    Case("disks-encrypted", "an instance", of(types.INSTANCE, rootBlockDevice=_ROOT)),
    Case("disks-encrypted", "a template", of(types.TEMPLATE, blockDeviceMappings=[_MAPPING])),
    Case("disks-encrypted", "a plain volume", of(types.VOLUME, size=50), "not encrypted"),
    Case("disks-encrypted", "no root described", of(types.INSTANCE), "the image decides"),
    Case("disks-encrypted", "no mapping", of(types.TEMPLATE), "the image decides"),
    Case(
        "disks-encrypted",
        "the second of a template",
        of(types.TEMPLATE, blockDeviceMappings=[_MAPPING, {"ebs": {"encrypted": "false"}}]),
        "blockDeviceMappings[1].ebs is not encrypted",
    ),
    Case("disks-gp3", "gp3", of(types.VOLUME, type="gp3")),
    Case("disks-gp3", "the default of AWS", of(types.VOLUME), "not of type gp3"),
    Case(
        "disks-gp3",
        "an old root",
        of(types.INSTANCE, rootBlockDevice={"volumeType": "gp2"}),
        "not of type gp3",
    ),
    Case(
        "volumes-backed-up",
        "by snapshots",
        (
            Given(type=types.VOLUME, name="data", props={"tags": {**TAGS, "Backup": "nightly"}}),
            Given(
                type=types.SNAPSHOT_POLICY,
                props={"policyDetails": {"targetTags": {"Backup": "nightly"}}},
            ),
        ),
    ),
    Case("volumes-backed-up", "not at all", of(types.VOLUME, tags=TAGS), "neither"),
    Case(
        "volumes-backed-up",
        "by a policy for others",
        (
            Given(type=types.VOLUME, name="data", props={"tags": TAGS}),
            Given(
                type=types.SNAPSHOT_POLICY,
                props={"policyDetails": {"targetTags": {"Backup": "nightly"}}},
            ),
        ),
        "neither",
    ),
    Case(
        "no-shared-snapshot",
        "a permission",
        of(SHARED_SNAPSHOT, accountId="210987654321"),
        "another account",
    ),
    Case("no-shared-snapshot", "none", of(types.SNAPSHOT_POLICY)),
    Case("no-network-file-system", "EFS", of(EFS), "network file system"),
    Case("no-network-file-system", "EBS", of(types.VOLUME)),
]

IDENTITY = [
    Case(
        "no-iam-wildcards",
        "a named thing",
        of(types.ROLE_POLICY, policy=document(allow("s3:GetObject", "arn:aws:s3:::b/k/*"))),
    ),
    Case(
        "no-iam-wildcards",
        "descriptions",
        of(types.POLICY, policy=document(allow(["ec2:Describe*", "iam:ListRoles"], "*"))),
    ),
    Case(
        "no-iam-wildcards",
        "everything",
        of(types.POLICY, policy=document(allow("*", "*"))),
        "allows *",
    ),
    Case(
        "no-iam-wildcards",
        "a whole service",
        of(types.ROLE_POLICY, policy=document(allow("s3:*", "arn:aws:s3:::b"))),
        "allows s3:*",
    ),
    Case(
        "no-iam-wildcards",
        "every secret",
        of(types.ROLE_POLICY, policy=document(allow("ssm:GetParameter", "*"))),
        "allows ssm:GetParameter on *",
    ),
    Case(
        "no-iam-wildcards",
        "everything of a service",
        of(
            types.ROLE_POLICY,
            policy=document(allow("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:*")),
        ),
        "allows ec2:RunInstances on",
    ),
    Case(
        "no-iam-wildcards",
        "all but",
        of(
            types.ROLE,
            inlinePolicies=[
                {
                    "name": "p",
                    "policy": document(
                        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::b"}
                    ),
                }
            ],
        ),
        "all but what it names",
    ),
    Case("no-iam-wildcards", "no document", of(types.POLICY, policy="{}"), "no policy document"),
    Case(
        "pass-role-scoped",
        "a path and a service",
        of(
            types.POLICY,
            policy=document(
                allow(
                    "iam:PassRole",
                    "arn:aws:iam::123456789012:role/retrieval/*",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                )
            ),
        ),
    ),
    Case(
        "pass-role-scoped",
        "any role",
        of(
            types.POLICY,
            policy=document(
                allow(
                    "iam:PassRole",
                    "arn:aws:iam::123456789012:role/*",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                )
            ),
        ),
        "passes any role",
    ),
    Case(
        "pass-role-scoped",
        "any service",
        of(
            types.POLICY,
            policy=document(allow(["iam:PassRole"], "arn:aws:iam::123456789012:role/r/*")),
        ),
        "to any service",
    ),
    Case(
        "no-wide-managed-policy",
        "a narrow one",
        of(types.POLICY_ATTACHMENT, policyArn="arn:aws:iam::123456789012:policy/own"),
    ),
    Case(
        "no-wide-managed-policy",
        "an administrator",
        of(types.POLICY_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        "far more",
    ),
    Case(
        "no-wide-managed-policy",
        "a whole service",
        of(types.ROLE, managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
        "far more",
    ),
    Case("role-trust-closed", "EC2", trusted({"Service": "ec2.amazonaws.com"})),
    Case(
        "role-trust-closed",
        "one environment of one repository",
        trusted(_GITHUB, github("repo:o/r:environment:production")),
    ),
    Case("role-trust-closed", "anyone", trusted("*"), "lets anyone"),
    Case(
        "role-trust-closed",
        "every branch",
        trusted(_GITHUB, github("repo:o/r:*", "StringLike")),
        "trusts every subject",
    ),
    Case("role-trust-closed", "every token", trusted(_GITHUB), "whatever their sub"),
    Case(
        "closed-to-strangers",
        "the account",
        of(
            types.KEY,
            policy=document(
                allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
            ),
        ),
    ),
    Case(
        "closed-to-strangers",
        "everyone may read",
        of(
            types.BUCKET_POLICY,
            policy=document(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*")),
        ),
        "open to every account",
    ),
    Case("no-long-lived-credentials", "a user", of(USER), "does not expire"),
    Case("no-long-lived-credentials", "a role", of(types.ROLE)),
]

PLAINTEXT = [
    Case(
        "no-secret-in-user-data",
        "a reference",
        of(
            types.TEMPLATE,
            userData=encoded("#!/bin/sh\nQDRANT__SERVICE__API_KEY=$KEY\nkey=/retrieval/prod/key\n"),
        ),
    ),
    Case(
        "no-secret-in-user-data",
        "an access key",
        of(types.INSTANCE, userData="export ID=AKIAIOSFODNN7EXAMPLE"),
        "an AWS access key",
    ),
    Case(
        "no-secret-in-user-data",
        "a key of Qdrant, compressed",
        of(types.TEMPLATE, userData=zipped("QDRANT__SERVICE__API_KEY=abcd1234efgh5678\n")),
        "assigned to the name of a secret",
    ),
    Case(
        "no-secret-in-user-data",
        "a file of cloud-init inside user data",
        of(
            types.TEMPLATE,
            userData=encoded(
                "#cloud-config\nwrite_files:\n- encoding: b64\n  content: "
                + encoded("HF_TOKEN=hf_" + "a1" * 20)
            ),
        ),
        "a Hugging Face token",
    ),
    Case(
        "secrets-are-secure-strings",
        "a SecureString",
        of(types.SSM_PARAMETER, name="/r/gateway-key", type="SecureString", value="abcd1234"),
    ),
    Case(
        "secrets-are-secure-strings",
        "a name that says it",
        of(types.SSM_PARAMETER, name="/r/gateway-key", type="String", value="x"),
        "named like a secret",
    ),
    Case(
        "secrets-are-secure-strings",
        "a value that says it",
        of(types.SSM_PARAMETER, name="/r/node", type="String", value="token: abcd1234efgh"),
        "a plain String",
    ),
    Case(
        "images-by-digest",
        "a digest",
        of(
            types.TEMPLATE,
            userData=encoded(f"docker run qdrant/qdrant:v1.19.0@sha256:{'0' * 64}"),
        ),
    ),
    Case(
        "images-by-digest",
        "the latest Qdrant",
        of(types.INSTANCE, userData="docker run qdrant/qdrant:latest"),
        "qdrant/qdrant:latest",
    ),
    Case(
        "images-by-digest",
        "a floating TEI",
        of(
            types.TEMPLATE,
            userData=encoded("image: ghcr.io/huggingface/text-embeddings-inference:1.8\n"),
        ),
        "text-embeddings-inference:1.8",
    ),
]

_CLOSED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}
_KEY = Given(type=types.KEY, name="key", props={}, protect=True)

STORAGE = [
    Case("buckets-closed", "all four", (_BUCKET, beside(types.BUCKET_PUBLIC_ACCESS, **_CLOSED))),
    Case("buckets-closed", "none", (_BUCKET,), "no public access block"),
    Case(
        "buckets-closed",
        "three",
        (
            _BUCKET,
            beside(types.BUCKET_PUBLIC_ACCESS, **{**_CLOSED, "restrictPublicBuckets": False}),
        ),
        "restrictPublicBuckets is off",
    ),
    Case(
        "buckets-versioned",
        "enabled",
        (_BUCKET, beside(types.BUCKET_VERSIONING, versioningConfiguration={"status": "Enabled"})),
    ),
    Case("buckets-versioned", "not at all", (_BUCKET,), "is lost"),
    Case(
        "buckets-versioned",
        "suspended",
        (
            _BUCKET,
            beside(types.BUCKET_VERSIONING, versioningConfiguration={"status": "Suspended"}),
        ),
        "not enabled",
    ),
    Case("buckets-encrypted", "said", (_BUCKET, beside(types.BUCKET_ENCRYPTION))),
    Case("buckets-encrypted", "not said", (_BUCKET,), "does not say"),
    Case(
        "buckets-cleaned",
        "both",
        (
            _BUCKET,
            beside(
                types.BUCKET_LIFECYCLE,
                rules=[{"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}],
            ),
        ),
    ),
    Case("buckets-cleaned", "nothing", (_BUCKET,), "for ever"),
    Case(
        "buckets-cleaned",
        "broken uploads stay",
        (_BUCKET, beside(types.BUCKET_LIFECYCLE, rules=[{"expiration": {"days": 30}}])),
        "broken uploads",
    ),
    Case(
        "buckets-tls-only",
        "refused",
        (_BUCKET, beside(types.BUCKET_POLICY, policy=document(no_plain("arn:aws:s3:::b")))),
    ),
    Case("buckets-tls-only", "no policy", (_BUCKET,), "no policy"),
    Case(
        "buckets-tls-only",
        "a policy about something else",
        (
            _BUCKET,
            beside(
                types.BUCKET_POLICY,
                policy=document(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*")),
            ),
        ),
        "does not refuse",
    ),
    Case("topics-tls-only", "refused", (_TOPIC, topic_policy(document(no_plain("t"))))),
    Case("topics-tls-only", "no policy", (_TOPIC,), "no policy"),
    Case("logs-end", "thirty days", of(types.LOG_GROUP, retentionInDays=30)),
    Case("logs-end", "for ever", of(types.LOG_GROUP, retentionInDays=0), "for ever"),
    Case("logs-end", "not said", of(types.LOG_GROUP), "for ever"),
    Case(
        "sessions-logged",
        "both",
        of(
            types.SSM_DOCUMENT,
            documentType="Session",
            content='{"inputs": {"cloudWatchLogGroupName": "g", "kmsKeyId": "k"}}',
        ),
    ),
    Case(
        "sessions-logged",
        "neither",
        of(types.SSM_DOCUMENT, documentType="Session", content="{}"),
        "not logged",
    ),
    Case("customer-key-everywhere", "no key", of(types.VOLUME)),
    Case(
        "customer-key-everywhere",
        "the key",
        (_KEY, Given(type=types.VOLUME, props={}, uses={"kmsKeyId": ["key"]})),
    ),
    Case(
        "customer-key-everywhere",
        "a volume with AWS's key",
        (_KEY, Given(type=types.VOLUME, props={})),
        "kmsKeyId does not name",
    ),
    Case(
        "customer-key-everywhere",
        "a template with AWS's key",
        (_KEY, Given(type=types.TEMPLATE, props={})),
        "its disks",
    ),
]

_SPECIFICATIONS = [
    {"resourceType": "instance", "tags": TAGS},
    {"resourceType": "volume", "tags": TAGS},
]

KEEPING = [
    Case("data-protected", "protected", (_BUCKET,)),
    Case("data-protected", "not protected", of(types.VOLUME), "is not protected"),
    Case("no-forced-deletion", "by hand", (_BUCKET,)),
    Case("no-forced-deletion", "forced", of(types.BUCKET, forceDestroy=True), "all objects"),
    Case("keys-kept", "rotated", of(types.KEY, enableKeyRotation=True, deletionWindowInDays=30)),
    Case("keys-kept", "not rotated", of(types.KEY), "never rotated"),
    Case("tags-present", "by the provider", of(types.VOLUME, tagsAll=TAGS)),
    Case("tags-present", "none", of(types.VOLUME), "tags Project, Stack, ManagedBy"),
    Case("tags-present", "a type without tags", of(types.ROLE_POLICY)),
    Case(
        "group-tags-carried",
        "carried",
        of(
            types.GROUP,
            tags=[
                {"key": key, "value": value, "propagateAtLaunch": True}
                for key, value in TAGS.items()
            ],
        ),
    ),
    Case(
        "group-tags-carried",
        "kept to itself",
        of(
            types.GROUP,
            tags=[
                {"key": key, "value": value, "propagateAtLaunch": key != "Stack"}
                for key, value in TAGS.items()
            ],
        ),
        "without the tag Stack",
    ),
    Case("launched-disks-tagged", "both", of(types.TEMPLATE, tagSpecifications=_SPECIFICATIONS)),
    Case(
        "launched-disks-tagged",
        "machines only",
        of(types.TEMPLATE, tagSpecifications=_SPECIFICATIONS[:1]),
        "each volume",
    ),
    Case("explicit-provider", "explicit", of(types.VPC)),
    Case(
        "explicit-provider",
        "the default one",
        (Given(type=types.VPC, props={}, provider="default_7_51_1"),),
        "credentials are at hand",
    ),
    Case(
        "provider-bound-to-account",
        "bound",
        of(types.PROVIDER, allowedAccountIds='["123456789012"]'),
    ),
    Case("provider-bound-to-account", "not bound", of(types.PROVIDER), "whatever account"),
]

_GPU = (
    Given(
        type=types.TEMPLATE,
        name="template",
        props={
            "instanceType": "g4dn.xlarge",
            "blockDeviceMappings": [_MAPPING],
            "networkInterfaces": [{"associatePublicIpAddress": "true"}],
        },
    ),
    Given(
        type=types.GROUP,
        name="group",
        props={"minSize": 1, "maxSize": 2, "desiredCapacity": 1},
        uses={"launchTemplate": ["template"]},
    ),
)

MONEY = [
    Case("monthly-ceiling", "under it", _GPU, config={"ceiling_usd_month": 500}),
    Case(
        "monthly-ceiling",
        "above it",
        _GPU,
        "cost $394.03 a month, $94.03 above the ceiling of $300.00",
        config={"ceiling_usd_month": 300},
    ),
    Case("everything-priced", "all of it", _GPU, config={"ceiling_usd_month": 500}),
    Case(
        "everything-priced",
        "a type that nobody priced",
        of("aws:rds/instance:Instance"),
        "1 of 1 that cost money have no price (it: nobody priced aws:rds/instance:Instance)",
        config={"ceiling_usd_month": 500},
    ),
]

CASES = [*NETWORK, *MACHINES, *DISKS, *IDENTITY, *PLAINTEXT, *STORAGE, *KEEPING, *MONEY]
