"""Each rule lets a good stack pass and catches each deliberately bad one."""

from __future__ import annotations

import pytest

from tests.unit.policy.case import Case
from tests.unit.policy.cases import CASES
from tests.unit.policy.given import POLICIES, judge


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_rule_says_what_is_wrong_and_nothing_else(case: Case) -> None:
    """A bad stack gets one or more messages with the expected text, a good one none."""
    verdict = judge(case.rule, *case.given, config=case.config)
    assert not verdict.unknown
    assert bool(verdict.messages) is bool(case.says), verdict
    assert not case.says or any(case.says in message for message in verdict.messages)


def test_every_rule_has_a_good_and_a_bad_stack() -> None:
    """No rule is without a case that it catches, nor without one that it lets pass."""
    good = {case.rule for case in CASES if not case.says}
    bad = {case.rule for case in CASES if case.says}
    assert good == bad == set(POLICIES)


def test_no_message_repeats_a_secret() -> None:
    """What a finding says goes into logs of a pipeline."""
    for case in CASES:
        text = "".join(judge(case.rule, *case.given, config=case.config).messages)
        for secret in ("AKIAIOSFODNN7EXAMPLE", "abcd1234efgh", "hf_a1"):
            assert secret not in text
