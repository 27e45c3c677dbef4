"""Random settings: valid ones always register, wrong ones are always refused with a message.

A seeded sample runs in `make test`; `make test-long` takes 10,000 of each.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from pulumi.runtime import set_all_config

from infra.errors import OperatorError
from infra.plans.facts import sample_facts
from infra.plans.stack import plan_stack
from infra.settings.load import FACTS_KEY, SAMPLES, parse_settings
from stacks.targets import build_target
from tests.program.example_stacks import groups_of, merged
from tests.program.harness import run_component
from tests.program.random_settings import (
    MISTAKES,
    Groups,
    mistaken_groups,
    nonsense_groups,
    valid_groups,
)

# The same examples in every run. A program's run takes half a second, so the sample is small.
random_sample = settings(
    max_examples=int(os.environ.get("LONG_TEST_EXAMPLES", "12")),
    deadline=None,
    phases=(Phase.generate,),  # shrinking runs the program hundreds of times
    derandomize=True,
    database=None,
)


def plan(groups: Groups) -> Any:
    """Settings and all plans, as a preview makes them before the engine starts."""
    parsed = parse_settings(groups, source="a test")
    plan_stack(parsed, sample_facts(), stack="prod")
    return parsed


def refusal(groups: Groups) -> OperatorError:
    """The refusal of settings that are wrong."""
    with pytest.raises(OperatorError) as refused:
        plan(groups)
    return refused.value


@random_sample
@given(groups=valid_groups)
def test_valid_settings_register(groups: Groups) -> None:
    """Whatever valid settings say, the program registers under the guards of the harness."""
    set_all_config({FACTS_KEY: SAMPLES})
    parsed = plan(groups)
    registered = run_component(lambda: build_target(parsed, stack="prod"), preview=True)
    assert registered.of("aws:autoscaling/group:Group")


@random_sample
@given(named=mistaken_groups)
def test_mistakes_are_refused(named: tuple[str, Groups]) -> None:
    """A known mistake is refused wherever it stands, with what, why and a remedy."""
    _, groups = named
    error = refusal(groups)
    assert all((error.what, error.why, error.remedy))


@random_sample
@given(groups=nonsense_groups)
def test_nonsense_never_breaks(groups: Groups) -> None:
    """Any value at any key is either accepted or refused with a message, never a traceback."""
    refused: OperatorError | None = None
    try:
        plan(groups)
    except OperatorError as error:
        refused = error
    assert refused is None or all((refused.what, refused.why, refused.remedy))


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_each_mistake_in_production(mistake: str) -> None:
    """Each mistake, put into the production stack, is refused."""
    groups = merged(groups_of("prod"), MISTAKES[mistake])
    error = refusal(groups)
    assert all((error.what, error.why, error.remedy))


def test_a_refused_stack_registers_nothing() -> None:
    """A plan that cannot be built ends the program before any resource of a component."""
    set_all_config({FACTS_KEY: SAMPLES})
    groups = merged(groups_of("prod"), MISTAKES["zone without the type"])
    parsed = parse_settings(groups, source="a test")
    seen: list[str] = []
    with pytest.raises(OperatorError, match="us-east-1e"):
        run_component(lambda: build_target(parsed, stack="prod"), preview=True, seen=seen)
    assert seen == ["aws"]
