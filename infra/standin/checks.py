"""What AWS refuses in inputs, as far as a program's mistakes are concerned. Unknown values pass.

Each rule is one that AWS's API or provider states; none is a matter of taste.
"""

from __future__ import annotations

import ipaddress
import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.standin.properties import UNKNOWN

USER_DATA_BYTES_MAX = 16384
TAGS_MAX = 50
# GiB, operations a second, MiB/s of gp3; and operations per GiB.
GP3_GIB, GP3_IOPS, GP3_MIB_S, GP3_IOPS_PER_GIB = (1, 65536), (3000, 80000), (125, 2000), 500


@dataclass(frozen=True, slots=True)
class Failure:
    """One wrong input."""

    property: str
    reason: str


def check(token: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with the inputs of a resource.

    Args:
        token: its type.
        inputs: plain values; `UNKNOWN` where a value is not known yet.
    """
    return [*_names(token, inputs), *_tags(inputs), *_RULES.get(token, _nothing)(inputs)]


def _nothing(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    del inputs
    yield from ()


_NAMES: Mapping[str, tuple[str, str]] = {
    # type: property, pattern of the whole name
    "aws:iam/role:Role": ("name", r"[\w+=,.@-]{1,64}"),
    "aws:iam/instanceProfile:InstanceProfile": ("name", r"[\w+=,.@-]{1,128}"),
    "aws:iam/policy:Policy": ("name", r"[\w+=,.@-]{1,128}"),
    "aws:lb/loadBalancer:LoadBalancer": (
        "name",
        r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
    ),
    "aws:lb/targetGroup:TargetGroup": ("name", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9])"),
    "aws:ssm/parameter:Parameter": ("name", r"/?[a-zA-Z0-9_.-]+(?:/[a-zA-Z0-9_.-]+){0,14}"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[\w./#-]{1,512}"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName", r"[\w-]{1,255}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", r".{1,255}"),
    "aws:sns/topic:Topic": ("name", r"[\w-]{1,256}(?:\.fifo)?"),
    "aws:budgets/budget:Budget": ("name", r"[^:\\]{1,100}"),
    "aws:autoscaling/group:Group": ("name", r"[^:]{1,255}"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", r"[\w().\-/]{3,128}"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", r"(?!sg-)[\w .:\-/()#,@\[\]+=&;{}!$*]{1,255}"),
    "aws:kms/alias:Alias": ("name", r"alias/(?!aws/)[\w/-]{1,250}"),
    "aws:scheduler/schedule:Schedule": ("name", r"[\w.-]{1,64}"),
}


def _names(token: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    if token not in _NAMES:
        return
    name, pattern = _NAMES[token]
    value = inputs.get(name)
    if isinstance(value, str) and value != UNKNOWN and not re.fullmatch(pattern, value):
        yield Failure(name, f"{value!r} is no such name as AWS takes ({pattern})")


def _tags(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    tags = inputs.get("tags")
    if not isinstance(tags, dict):
        return
    if len(tags) > TAGS_MAX:
        yield Failure("tags", f"{len(tags)} tags, AWS takes {TAGS_MAX}")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            yield Failure(f"tags.{key}", "a key has 1 to 128 characters and never begins with aws:")
        if isinstance(value, str) and len(value) > 256:
            yield Failure(f"tags.{key}", "a value has at most 256 characters")


def _network(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """An IPv4 network between /16 and /28 without host bits."""
    text = inputs.get("cidrBlock")
    if not isinstance(text, str) or text == UNKNOWN:
        return
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as problem:
        yield Failure("cidrBlock", str(problem))
        return
    if not 16 <= network.prefixlen <= 28:
        yield Failure("cidrBlock", f"/{network.prefixlen} is not between /16 and /28")


def _rule(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Exactly one other side, and ports in order."""
    sides = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    given = [side for side in sides if inputs.get(side) is not None]
    if len(given) != 1:
        yield Failure(given[0] if given else "cidrIpv4", f"one of {', '.join(sides)} is needed")
    low, high = inputs.get("fromPort"), inputs.get("toPort")
    if isinstance(low, float) and isinstance(high, float) and low > high:
        yield Failure("fromPort", f"{low:.0f} is above toPort {high:.0f}")


def _volume(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    yield from _gp3("", inputs, size="size", kind="type")


def _gp3(prefix: str, disk: Mapping[str, Any], *, size: str, kind: str) -> Iterator[Failure]:
    if disk.get(kind) != "gp3":
        return
    for name, (low, high) in ((size, GP3_GIB), ("iops", GP3_IOPS), ("throughput", GP3_MIB_S)):
        value = disk.get(name)
        if isinstance(value, float) and not low <= value <= high:
            yield Failure(f"{prefix}{name}", f"{value:.0f} is not between {low} and {high}")
    gib, iops, mib_s = disk.get(size), disk.get("iops"), disk.get("throughput")
    if isinstance(gib, float) and isinstance(iops, float) and iops > max(3000, gib * 500):
        yield Failure(f"{prefix}iops", f"{iops:.0f} is above {GP3_IOPS_PER_GIB} per GiB")
    if isinstance(mib_s, float) and mib_s > 125 and mib_s * 4 > (iops or 3000.0):
        yield Failure(f"{prefix}throughput", "above 0.25 MiB/s for each operation a second")


def _template(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """User data in base64 within its size, disks within their limits."""
    text = inputs.get("userData")
    if isinstance(text, str) and text != UNKNOWN:
        try:
            size = len(b64decode(text, validate=True))
        except Base64Error:
            yield Failure("userData", "not base64")
        else:
            yield from _user_data(size)
    for index, device in enumerate(inputs.get("blockDeviceMappings") or []):
        disk = device.get("ebs") if isinstance(device, dict) else None
        if isinstance(disk, dict):
            where = f"blockDeviceMappings[{index}].ebs."
            yield from _gp3(where, disk, size="volumeSize", kind="volumeType")


def _instance(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    text = inputs.get("userData")
    if isinstance(text, str) and text != UNKNOWN:
        yield from _user_data(len(text.encode()))
    disk = inputs.get("rootBlockDevice")
    if isinstance(disk, dict):
        yield from _gp3("rootBlockDevice.", disk, size="volumeSize", kind="volumeType")


def _user_data(size: int) -> Iterator[Failure]:
    if size > USER_DATA_BYTES_MAX:
        yield Failure("userData", f"{size} bytes, EC2 takes {USER_DATA_BYTES_MAX}")


def _group(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Sizes in order, and exactly one way to launch."""
    low, high = inputs.get("minSize"), inputs.get("maxSize")
    wanted = inputs.get("desiredCapacity")
    if isinstance(low, float) and isinstance(high, float) and low > high:
        yield Failure("minSize", f"{low:.0f} is above maxSize {high:.0f}")
    elif (
        isinstance(low, float)
        and isinstance(high, float)
        and isinstance(wanted, float)
        and not low <= wanted <= high
    ):
        yield Failure("desiredCapacity", f"{wanted:.0f} is not between {low:.0f} and {high:.0f}")
    ways = ("launchTemplate", "mixedInstancesPolicy", "launchConfiguration", "instanceId")
    if sum(inputs.get(way) is not None for way in ways) != 1:
        yield Failure("launchTemplate", f"exactly one of {', '.join(ways)} is needed")


def _policy(*properties: str, limit: int) -> Callable[[Mapping[str, Any]], Iterator[Failure]]:
    """Policy documents: JSON with statements, within a size that IAM counts without white space."""

    def rule(inputs: Mapping[str, Any]) -> Iterator[Failure]:
        for name in properties:
            text = inputs.get(name)
            if not isinstance(text, str) or UNKNOWN in text:
                continue
            try:
                document = json.loads(text)
            except ValueError:
                yield Failure(name, "not JSON")
                continue
            if not isinstance(document, dict) or not document.get("Statement"):
                yield Failure(name, "a policy document needs statements")
            size = len(re.sub(r"\s", "", text))
            if size > limit:
                yield Failure(name, f"{size} characters, AWS takes {limit}")

    return rule


def _role(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    yield from _policy("assumeRolePolicy", limit=2048)(inputs)


def _parameter(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    value = inputs.get("value")
    if isinstance(value, str) and len(value.encode()) > 4096:
        yield Failure("value", "a standard parameter holds at most 4096 bytes")


def _dashboard(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    text = inputs.get("dashboardBody")
    if not isinstance(text, str) or UNKNOWN in text:
        return
    try:
        json.loads(text)
    except ValueError:
        yield Failure("dashboardBody", "not JSON")


_RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Failure]]] = {
    "aws:ec2/vpc:Vpc": _network,
    "aws:ec2/subnet:Subnet": _network,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule,
    "aws:ebs/volume:Volume": _volume,
    "aws:ec2/launchTemplate:LaunchTemplate": _template,
    "aws:ec2/instance:Instance": _instance,
    "aws:autoscaling/group:Group": _group,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _policy("policy", limit=10240),
    "aws:iam/policy:Policy": _policy("policy", limit=6144),
    "aws:s3/bucketPolicy:BucketPolicy": _policy("policy", limit=20480),
    "aws:kms/key:Key": _policy("policy", limit=32768),
    "aws:sns/topicPolicy:TopicPolicy": _policy("policy", limit=30720),
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
}
