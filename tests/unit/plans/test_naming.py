"""Names within AWS's limits, tags, and that no two stacks share any."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import InternalError
from infra.plans.naming import Component, Names, Role, host_name, names_of
from infra.settings.aws.account import RESERVED_TAGS, AwsSettings

STACKS = st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True)
"""What Pulumi takes as the name of a stack."""
PREFIXES = st.from_regex(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", fullmatch=True).filter(
    lambda name: not name.startswith(("amzn", "aws", "internal", "ssm", "sthree", "xn-"))
)
ROLES = st.from_regex(r"[a-z]([a-z0-9-]{0,60}[a-z0-9])?", fullmatch=True)

LIMITS: dict[str, tuple[Callable[[Names, str], str], str]] = {
    # what AWS says about each kind of name, as a pattern
    "bucket": (Names.bucket, r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "role": (Names.iam, r"[\w+=,.@-]{1,64}"),
    "load balancer": (Names.load_balancer, r"(?!-|internal-)[A-Za-z0-9-]{1,32}(?<!-)"),
    "budget": (Names.budget, r"[^:\\]{1,100}"),
    "label": (Names.label, r".{1,255}"),
    "parameter": (Names.parameter, r"/(?!aws|ssm)([a-zA-Z0-9_.-]+/){0,14}[a-zA-Z0-9_.-]+"),
    "log group": (Names.log_group, r"(?!aws/)[.\-_/#A-Za-z0-9]{1,512}"),
}


def names(stack: str = "prod", *, name: str = "retrieval", region: str = "us-east-1") -> Names:
    """Names of one stack."""
    settings = AwsSettings(name=name, region=region, owner="platform", tags={"CostCentre": "42"})
    return names_of(settings, stack=stack)


class TestReadable:
    """Names of the usual stack, as people see them."""

    def test_names_of_prod(self) -> None:
        """Short names stay as they are."""
        prod = names()
        assert prod.stem == "retrieval-prod"
        assert prod.child(Component.GPU, "group") == "gpu-group"
        assert prod.iam("gpu-node") == "retrieval-prod-gpu-node"
        assert prod.bucket("backup") == "retrieval-prod-backup-000000000000-us-east-1"
        assert prod.artifact_bucket == "retrieval-artifacts-000000000000-us-east-1"
        assert prod.state_bucket == "retrieval-state-000000000000-us-east-1"
        assert prod.parameter("qdrant", "api-key") == "/retrieval/prod/qdrant/api-key"
        assert prod.log_group("gateway") == "/retrieval/prod/gateway"
        assert host_name("gateway", "retrieval.internal") == "gateway.retrieval.internal"

    def test_tags_of_a_node(self) -> None:
        """A group passes no default tags on, so a node's own hold them all."""
        assert names().node_tags(Component.STANDBY, Role.STANDBY) == {
            "CostCentre": "42",
            "Project": "retrieval-stack",
            "Stack": "retrieval-prod",
            "ManagedBy": "pulumi",
            "Owner": "platform",
            "Name": "retrieval-prod-standby",
            "Component": "standby",
            "Role": "standby",
        }

    def test_dimensions_name_stack_and_role_only(self) -> None:
        """A metric outlives the instance that reports it."""
        assert names().metric_dimensions(Role.PRIMARY) == {
            "Stack": "retrieval-prod",
            "Role": "primary",
        }

    @pytest.mark.parametrize("parts", [(), ("a b",), ("a/b",), ("",), ("a",) * 11])
    def test_a_path_that_ssm_refuses_is_a_bug(self, parts: tuple[str, ...]) -> None:
        """The caller's mistake is named at once."""
        with pytest.raises(InternalError):
            names().parameter(*parts)


class TestLimits:
    """Every name is one that AWS takes."""

    @pytest.mark.parametrize("kind", LIMITS)
    @given(prefix=PREFIXES, stack=STACKS, role=ROLES)
    def test_a_name_is_within_its_limits(
        self, kind: str, prefix: str, stack: str, role: str
    ) -> None:
        """Whatever the stack and role are called."""
        make, pattern = LIMITS[kind]
        for region in ("us-east-1", "ap-southeast-2"):
            found = make(names(stack, name=prefix, region=region), role)
            assert re.fullmatch(pattern, found), found

    @pytest.mark.parametrize("kind", LIMITS)
    @given(one=STACKS, other=STACKS, role=ROLES)
    def test_two_stacks_never_share_a_name(
        self, kind: str, one: str, other: str, role: str
    ) -> None:
        """Stacks that differ only in case or in the last letter have names of their own."""
        make, _ = LIMITS[kind]
        if one != other:
            assert make(names(one), role) != make(names(other), role)

    @given(one=ROLES, other=ROLES)
    def test_two_roles_never_share_a_name(self, one: str, other: str) -> None:
        """Long roles with the same beginning stay apart."""
        if one != other:
            for make, _ in LIMITS.values():
                assert make(names(), one) != make(names(), other)

    @given(stack=STACKS)
    def test_tags_that_the_program_writes_are_reserved(self, stack: str) -> None:
        """An operator's own tag never hides one of ours."""
        written = names(stack).node_tags(Component.GPU, Role.PRIMARY)
        assert set(written) - {"CostCentre"} == set(RESERVED_TAGS)
        assert all(len(value) <= 256 for value in written.values())
