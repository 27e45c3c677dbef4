"""A value that a preview does not know neither hides a problem nor makes one up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.policy.case import Case
from tests.unit.policy.cases import CASES
from tests.unit.policy.given import NOT_KNOWN, Given, judge


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Path of every value, lists and objects as a whole too."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy in which the value at a path is not known."""
    if not path:
        return NOT_KNOWN
    step, *rest = path
    if isinstance(value, list):
        return [
            without(each, tuple(rest)) if index == step else each
            for index, each in enumerate(value)
        ]
    return {**value, step: without(value[step], tuple(rest))}


def variants(case: Case) -> Iterator[tuple[Given, ...]]:
    """The case's stack with one value not known, for every value of it."""
    for index, given in enumerate(case.given):
        for path in leaves(dict(given.props)):
            props = without(dict(given.props), path)
            yield (*case.given[:index], replace(given, props=props), *case.given[index + 1 :])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")
def test_one_unknown_value_changes_no_verdict_into_its_opposite(case: Case) -> None:
    """A bad stack is still refused or undecided, a good one still passes or is undecided."""
    for given in variants(case):
        verdict = judge(case.rule, *given, config=case.config)
        if case.says:
            assert not verdict.passes, given
        else:
            assert not verdict.messages, (given, verdict)


def test_a_known_problem_is_reported_beside_an_unknown_value() -> None:
    """The network that is known to be public is named although the other is not known."""
    bad = Given(
        type="aws:ec2/securityGroup:SecurityGroup",
        props={"ingress": [{"cidrBlocks": [NOT_KNOWN, "0.0.0.0/0"], "protocol": "tcp"}]},
    )
    verdict = judge("no-public-ingress", bad)
    assert len(verdict.messages) == 1
    assert "cidrBlocks" in verdict.unknown
