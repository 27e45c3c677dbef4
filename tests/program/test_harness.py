"""The harness refuses what plain mocks let pass."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pytest
from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import ec2, ssm

from tests.program.harness import (
    PLANTED_SECRET,
    UNKNOWN,
    Registered,
    provider_options,
    run_component,
)

VPC = "aws:ec2/vpc:Vpc"


class _Part(ComponentResource):
    def __init__(
        self, build: Callable[[_Part], object], opts: ResourceOptions, *, closes: bool = True
    ) -> None:
        super().__init__("retrieval:test:Part", "part", None, opts)
        build(self)
        if closes:
            self.register_outputs({})


def _run(build: Callable[[_Part], object], *, preview: bool = False) -> Registered:
    return run_component(lambda: _Part(build, provider_options()), preview=preview)


def _refusal(build: Callable[[_Part], object]) -> str:
    with pytest.raises(AssertionError) as refused:
        _run(build)
    return str(refused.value)


def _vpc(part: _Part, name: str = "part-vpc", **options: object) -> ec2.Vpc:
    return ec2.Vpc(
        name,
        cidr_block="10.0.0.0/16",
        opts=ResourceOptions(parent=part, **options),  # pyright: ignore[reportArgumentType]
    )


def test_ids_are_known_only_in_an_update(preview: bool) -> None:
    """A value from another resource is unknown in a preview and looks like AWS's in an update."""

    def build(part: _Part) -> None:
        vpc = _vpc(part)
        ec2.Subnet(
            "part-subnet",
            vpc_id=vpc.id,
            cidr_block="10.0.1.0/24",
            opts=ResourceOptions(parent=part),
        )

    registered = _run(build, preview=preview)
    subnet, vpc = registered.named("part-subnet"), registered.one(VPC)
    assert subnet.inputs["vpcId"] is UNKNOWN if preview else subnet.inputs["vpcId"] == vpc.id
    assert registered.needs(subnet, vpc)
    assert not registered.needs(vpc, subnet)
    assert [each.name for each in registered.children(registered.named("part"))] == [
        "part-vpc",
        "part-subnet",
    ]


def test_two_of_one_name() -> None:
    """A repeated URN is refused, as the engine does."""
    assert "repeats the URN" in _refusal(lambda part: (_vpc(part), _vpc(part)))


def test_orphan() -> None:
    """A resource outside every component is refused."""

    def build() -> None:
        options = provider_options()
        providers = options.providers
        assert isinstance(providers, list)
        ec2.Vpc("orphan", cidr_block="10.0.0.0/16", opts=ResourceOptions(provider=providers[0]))

    with pytest.raises(AssertionError, match="no component as its parent"):
        run_component(build, preview=False)


def test_open_component() -> None:
    """A component that forgets register_outputs is refused."""
    with pytest.raises(AssertionError, match="register_outputs"):
        run_component(
            lambda: _Part(_vpc, provider_options(), closes=False),
            preview=False,
        )


def test_default_provider() -> None:
    """A resource that would use ambient credentials is refused."""
    with pytest.raises(AssertionError, match="default provider"):
        run_component(lambda: _Part(_vpc, ResourceOptions()), preview=False)


def test_option_paths() -> None:
    """An option path in snake_case, which would never match, is refused."""
    assert "not camelCase" in _refusal(
        lambda part: _vpc(part, ignore_changes=["launch_template.version"])
    )
    assert "no input of this type" in _refusal(lambda part: _vpc(part, ignore_changes=["cidr"]))


def test_plain_secret() -> None:
    """A secret's value outside a secret is refused; inside one it is listed by its path."""

    def plain(part: _Part) -> None:
        ssm.Parameter("part-key", type="String", insecure_value=PLANTED_SECRET, opts=_under(part))

    def elsewhere(part: _Part) -> None:
        value = pulumi.Output.secret("a value of sixteen or more")
        ssm.Parameter("part-key", type="SecureString", value=value, opts=_under(part))
        ec2.Subnet(
            "part-subnet",
            vpc_id="a value of sixteen or more",
            cidr_block="10.0.1.0/24",
            opts=_under(part),
        )

    def wrapped(part: _Part) -> None:
        value = pulumi.Output.secret(PLANTED_SECRET)
        ssm.Parameter("part-key", type="SecureString", value=value, opts=_under(part))

    assert "plain text" in _refusal(plain)
    assert "plain text" in _refusal(elsewhere)
    assert _run(wrapped).named("part-key").secrets == {"value"}


def test_assertion_in_apply() -> None:
    """An assertion inside `apply` fails the run, although nobody returned that output."""

    def build(part: _Part) -> None:
        def wrong(_id: str) -> None:
            raise AssertionError("seen in apply")

        _vpc(part).id.apply(wrong)

    assert "seen in apply" in _refusal(build)


def test_unknown_type() -> None:
    """A type that the installed SDK lacks is refused."""

    class Misnamed(pulumi.CustomResource):
        pass

    assert "no such type" in _refusal(
        lambda part: Misnamed("aws:ec2/vpcc:Vpcc", "part-x", {}, _under(part))
    )


def _under(part: _Part) -> ResourceOptions:
    return ResourceOptions(parent=part)
