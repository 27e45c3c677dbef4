"""Whole stacks for the tests: the example files as they are, and as if everything were resolved.

All ids, digests and accounts are made up and look it: zeros, ones, `123456789012`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import yaml

from infra.plans.facts import (
    AUTO_SCALING_ROLE,
    LOAD_BALANCING_ROLE,
    SPOT_ROLE,
    AccountFacts,
    AmiFacts,
    FactsOrigin,
    QuotaFacts,
    VpcFacts,
    sample_facts,
)
from infra.settings import StackSettings
from infra.settings.load import parse_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("prod", "cheapest", "committed", "committed-hot", "scaled", "adopted-vpc")
ACCOUNT = "123456789012"

GPU_AMI, STORE_AMI = "ami-11111111111111111", "ami-22222222222222222"
NEWER_GPU_AMI = "ami-33333333333333333"

_DIGEST, _HEX = "sha256:" + "1" * 64, "1" * 64
PINS: Mapping[str, Any] = {
    "gpu_ami": {"id": GPU_AMI, "driver": "595.91.07"},
    "vector_store_ami": {"id": STORE_AMI},
    "tei": {"digest": _DIGEST, "image_id": _DIGEST},
    "qdrant": {"digest": _DIGEST, "image_id": _DIGEST},
    "archives": {"agent_sha256": _HEX, "gateway_sha256": _HEX, "load_runner_sha256": _HEX},
}


def example(stack: str) -> StackSettings:
    """The settings of an example file."""
    return parse_settings(groups_of(stack), source=stack)


def groups_of(stack: str) -> dict[str, Any]:
    """The groups of an example file, keys without their namespace."""
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    config: dict[str, Any] = yaml.safe_load(text)["config"]
    prefix = "retrieval:"
    return {
        key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)
    }


def resolved_groups(stack: str) -> dict[str, Any]:
    """The same with an account, pins, and ids that are no placeholders."""
    groups = groups_of(stack)
    groups["aws"] = {**groups["aws"], "account_id": ACCOUNT}
    groups["pins"] = merged(groups.get("pins", {}), PINS)
    groups["network"] = _with_ids(groups.get("network", {}))
    return groups


def resolved(stack: str) -> StackSettings:
    """Settings of an example file with nothing missing."""
    return parse_settings(resolved_groups(stack), source=stack)


def account_facts() -> AccountFacts:
    """The samples as if they were an account's."""
    facts = sample_facts()
    return facts.model_copy(
        update={
            "origin": FactsOrigin.ACCOUNT,
            "account_id": ACCOUNT,
            "amis": tuple(_ami(each) for each in (GPU_AMI, STORE_AMI, NEWER_GPU_AMI)),
            "quotas": QuotaFacts(on_demand_gpu_vcpus=64, spot_gpu_vcpus=64),
            "vpcs": tuple(VpcFacts.model_validate(_with_ids(v.model_dump())) for v in facts.vpcs),
            "service_linked_roles": frozenset({AUTO_SCALING_ROLE, SPOT_ROLE, LOAD_BALANCING_ROLE}),
        }
    )


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, deep; where both have a value the second wins."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            result[name] = merged(cast("Mapping[str, Any]", old), value)
        else:
            result[name] = value
    return result


def _ami(ami_id: str) -> AmiFacts:
    return AmiFacts(
        id=ami_id,
        name="an image",
        owner_id="111111111111",
        architecture="x86_64",
        root_snapshot_gib=20,
        built_on=date(2026, 10, 1),
        deprecated_on=None,
        root_device="/dev/sda1",
    )


def _with_ids(value: Any) -> Any:
    """Ids of zeros as ids of fours."""
    if isinstance(value, str) and value.split("-")[0] in {"vpc", "subnet", "sg", "rtb"}:
        return value.replace("0000000000000000", "4444444444444444")
    if isinstance(value, Mapping):
        return {name: _with_ids(member) for name, member in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return type(value)(_with_ids(member) for member in value)
    return value
