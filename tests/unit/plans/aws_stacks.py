"""What the tests of the AWS plans share: settings of a stack, and random ones that are valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from infra.errors import SettingsError
from infra.settings import StackSettings
from infra.settings.load import parse_settings

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ("prod", "cheapest", "committed", "committed-hot", "scaled", "adopted-vpc")


def aws_settings(**groups: Any) -> StackSettings:
    """Settings of an AWS stack with some members of its groups set."""
    return parse_settings({"target": "aws", **groups}, source="a test")


def valid_or_none(groups: dict[str, Any]) -> StackSettings | None:
    """The settings, or None where a rule refuses the combination."""
    try:
        return aws_settings(**groups)
    except SettingsError:
        return None


valid_settings = (
    st.fixed_dictionaries(
        {
            "aws": st.fixed_dictionaries(
                {
                    "customer_key": st.booleans(),
                    "region": st.sampled_from(["us-east-1", "us-east-1", "eu-central-1"]),
                }
            ),
            "network": st.fixed_dictionaries(
                {
                    "egress": st.sampled_from(["public_ipv4", "interface_endpoints"]),
                    "flow_logs": st.booleans(),
                }
            ),
            "gpu": st.fixed_dictionaries(
                {
                    "instance_type": st.sampled_from(["g4dn.xlarge", "g4dn.2xlarge"]),
                    "nodes": st.integers(1, 8),
                    "root_volume_gib": st.integers(75, 1000),
                    "root_volume_iops": st.integers(3000, 16000),
                }
            ),
            "standby": st.fixed_dictionaries({"mode": st.sampled_from(["off", "cold", "hot"])}),
            "endpoint": st.fixed_dictionaries({"mode": st.sampled_from(["auto", "dns", "nlb"])}),
            "vector_store": st.fixed_dictionaries(
                {
                    "placement": st.sampled_from(["dedicated", "shared"]),
                    "data_volume_gib": st.integers(10, 2000),
                }
            ),
            "commitment": st.fixed_dictionaries(
                {
                    "gpu": st.sampled_from(["none", "compute_sp_1y", "ec2_sp_1y", "ec2_sp_3y"]),
                    "vector_store": st.sampled_from(["none", "ec2_sp_1y"]),
                }
            ),
        }
    )
    .map(valid_or_none)
    .filter(lambda settings: settings is not None)
)
"""Random settings that every rule accepts."""
