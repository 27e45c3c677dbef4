"""Resources as the engine hands them to the pack, and a report that remembers.

The values go through the framework's own proxies, so that reading an unknown one raises as it
does in a preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from infra.policy.pack import policies

NOT_KNOWN = UNKNOWN_STRING_VALUE
"""Stands in a property for a value that a preview does not know."""

POLICIES: dict[str, Policy] = {policy.name: policy for policy in policies()}

TAGS = {"Project": "retrieval-stack", "Stack": "retrieval-test", "ManagedBy": "pulumi"}


@dataclass(frozen=True, kw_only=True)
class Given:
    """One resource; `uses` maps a property to the names of the resources that its value is from."""

    type: str
    props: Mapping[str, Any]
    name: str = "it"
    protect: bool = False
    provider: str | None = "aws"
    provider_props: Mapping[str, Any] = field(default_factory=lambda: {"region": "us-east-1"})
    uses: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def urn(self) -> str:
        """Made of type and name, as Pulumi does."""
        return f"urn:pulumi:test::retrieval::{self.type}::{self.name}"

    def options(self) -> PolicyResourceOptions:
        """As the framework has them."""
        return PolicyResourceOptions(self.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])

    def provider_resource(self) -> PolicyProviderResource | None:
        """The provider that makes it."""
        if self.provider is None:
            return None
        props = unknown_checking_proxy(dict(self.provider_props))
        return PolicyProviderResource("pulumi:providers:aws", props, "urn:provider", self.provider)


@dataclass(frozen=True)
class Verdict:
    """What a rule said: its messages, and the value that it could not see."""

    messages: tuple[str, ...]
    unknown: str

    @property
    def passes(self) -> bool:
        """It saw everything and has nothing to say."""
        return not self.messages and not self.unknown


def judge(rule: str, *given: Given, config: Mapping[str, Any] | None = None) -> Verdict:
    """Run one rule of the pack over resources, as the framework does."""
    policy = POLICIES[rule]
    messages: list[str] = []
    unknown = ""

    def report(message: str, urn: str | None = None) -> None:
        messages.append(message)

    try:
        if isinstance(policy, StackValidationPolicy):
            policy.validate(StackValidationArgs(_resources(given), config), report)
        else:
            assert isinstance(policy, ResourceValidationPolicy)
            for each in given:
                policy.validate(_arguments(each), report)
    except UnknownValueError as error:
        unknown = error.message
    return Verdict(tuple(messages), unknown)


def _arguments(given: Given) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        given.type,
        unknown_checking_proxy(dict(given.props)),
        given.urn,
        given.name,
        given.options(),
        given.provider_resource(),
    )


def _resources(given: Sequence[Given]) -> list[PolicyResource]:
    made = {
        each.name: PolicyResource(
            each.type,
            unknown_checking_proxy(dict(each.props)),
            each.urn,
            each.name,
            each.options(),
            each.provider_resource(),
            None,
            [],
            {},
        )
        for each in given
    }
    for each in given:
        made[each.name].property_dependencies.update(
            {path: [made[name] for name in names] for path, names in each.uses.items()}
        )
    return list(made.values())
