"""Rules as policies of Pulumi's framework. The only module here that knows it.

A rule that lacks a value during a preview reports what it found, then says so in the framework's
own way: an advisory that names the value. In `up` the value is known and the rule runs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from infra.policy.limits import limits_of_stack
from infra.policy.rule import ResourceRule, Rule, StackRule
from infra.policy.rules import RULES
from infra.policy.stack_config import hand_on_stack_config
from infra.policy.view import Finding, Resource, Stack, Undecided, plain

PACK_NAME = "retrieval"


def policies() -> list[Policy]:
    """Every rule, in the order of docs/policy.md."""
    return [policy_of(rule) for rule in RULES]


def policy_of(rule: Rule) -> Policy:
    """One rule as a policy."""
    level = EnforcementLevel.ADVISORY if rule.advisory else EnforcementLevel.MANDATORY
    if isinstance(rule, StackRule):
        return _stack_policy(rule, level)
    assert isinstance(rule, ResourceRule)  # noqa: S101 - the two kinds there are
    return _resource_policy(rule, level)


def _resource_policy(rule: ResourceRule, level: EnforcementLevel) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if rule.types and args.resource_type not in rule.types:
            return
        _tell(rule, rule.check(_resource(args)), report)

    return ResourceValidationPolicy(
        name=rule.name,
        description=rule.description,
        validate=validate,
        enforcement_level=level,
        remediation_steps=rule.remedy,
    )


def _stack_policy(rule: StackRule, level: EnforcementLevel) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_resource(each) for each in args.resources]
        # What `--policy-pack-config` says wins over the stack's own settings.
        config = {**_limits(), **args.get_config()} if rule.config else args.get_config()
        stack = Stack(resources=resources, config=config)
        _tell(rule, rule.check(stack), report)

    schema = {name: dict(each) for name, each in rule.config.items()}
    return StackValidationPolicy(
        name=rule.name,
        description=rule.description,
        validate=validate,
        enforcement_level=level,
        config_schema=PolicyConfigSchema(schema) if schema else None,
        remediation_steps=rule.remedy,
    )


def _limits() -> dict[str, Any]:
    hand_on_stack_config()
    return limits_of_stack().as_config()


def _tell(rule: Rule, findings: Iterable[Finding], report: ReportViolation) -> None:
    """Report all problems first: an unknown value must not hide a known one."""
    unknown: str | None = None
    for finding in findings:
        if isinstance(finding, Undecided):
            unknown = unknown or finding.path
        else:
            report(f"{finding.message}; {rule.remedy}", finding.urn)
    if unknown is not None:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, unknown.split("."))


def _resource(given: ResourceValidationArgs | PolicyResource) -> Resource:
    provider = given.provider
    return Resource(
        type=given.resource_type,
        name=given.name,
        urn=given.urn,
        props=_plain(given.props),
        protect=given.opts.protect,
        provider_name=provider.name if provider else "",
        provider_props=_plain(provider.props) if provider else {},
        uses=_uses(given) if isinstance(given, PolicyResource) else {},
    )


def _uses(given: PolicyResource) -> Mapping[str, frozenset[str]]:
    return {
        name: frozenset(each.urn for each in found)
        for name, found in given.property_dependencies.items()
    }


def _plain(props: Mapping[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = plain(props, unknown=UnknownValueError)
    return copy
