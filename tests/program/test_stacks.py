"""The whole AWS program over every example stack, as a preview and as an update."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from infra.errors import OperatorError, UnresolvedError
from infra.plans.naming import Component, names_of
from infra.settings import StackSettings
from infra.settings.load import FACTS_KEY, SAMPLES
from infra.standin.catalog import KINDS
from stacks.targets import build_target
from tests.program import example_stacks
from tests.program.example_stacks import EXAMPLES, account_facts, example, resolved
from tests.program.harness import PLANTED_SECRET, Registered, run_component

STACK = "prod"
OUTPUTS = {"target", "design_point", "endpoints", "secret_names", "cost_usd_month"}


def run(settings: StackSettings, *, preview: bool) -> tuple[Registered, dict[str, Any]]:
    """Register a whole stack; what the program exports beside it."""
    outputs: dict[str, Any] = {}

    def build() -> None:
        outputs.update(build_target(settings, stack=STACK))

    return run_component(build, preview=preview), outputs


@pytest.fixture
def facts_file(tmp_path: Path) -> str:
    """Account facts in a file, as the configuration may name one."""
    path = tmp_path / "facts.json"
    path.write_text(account_facts().model_dump_json(), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("stack", EXAMPLES)
class TestEveryExample:
    """Each file registers whole; the harness guards the rest."""

    def test_preview_from_samples(self, stack: str) -> None:
        """Without an account: nothing unresolved stops a preview."""
        set_all_config({FACTS_KEY: SAMPLES})
        registered, outputs = run(example(stack), preview=True)
        assert set(outputs) == OUTPUTS
        assert len(registered.resources) > 60

    def test_update_with_everything_resolved(self, stack: str, facts_file: str) -> None:
        """With an account: ids and ARNs are real in form, and formatting with them works."""
        set_all_config({FACTS_KEY: facts_file})
        settings = resolved(stack)
        registered, outputs = run(settings, preview=False)
        assert outputs["endpoints"]["gateway"] == "http://gateway.retrieval.internal:8000"
        assert (outputs["endpoints"]["embed"], outputs["endpoints"]["rerank"]) == (None, None)
        assert outputs["cost_usd_month"] < settings.watch.ceiling_usd_month
        _same_resources_in_a_preview(registered, settings)
        _nothing_secret_is_exported(outputs)
        _tags_come_from_one_place(registered, settings)
        _what_holds_data_stays(registered)
        _names_say_where_they_are_made(registered)
        _types_are_known_to_the_stand_in(registered)

    def test_unresolved_stops_an_update(self, stack: str) -> None:
        """From samples nothing is ever created."""
        set_all_config({FACTS_KEY: SAMPLES})
        with pytest.raises(UnresolvedError, match="account facts"):
            run(example(stack), preview=False)


def test_facts_of_another_account(facts_file: str) -> None:
    """A facts file that describes another account is refused."""
    set_all_config({FACTS_KEY: facts_file})
    with pytest.raises(OperatorError, match="describes account 123456789012"):
        run(example("prod"), preview=True)


def test_facts_file_that_is_not_there() -> None:
    """A wrong path is named, with the ways out."""
    set_all_config({FACTS_KEY: "nowhere.json"})
    with pytest.raises(OperatorError, match="no such file"):
        run(example("prod"), preview=True)


def test_secrets_come_before_nodes(facts_file: str) -> None:
    """Everything that a node reads while it boots is there before its group."""
    set_all_config({FACTS_KEY: facts_file})
    registered, _ = run(resolved("prod"), preview=False)
    group = registered.named("gpu-primary-group")
    for first in registered.of("aws:ssm/parameter:Parameter"):
        assert registered.needs(group, first), first.name
    for name in ("access-gpu-policy", "logs-primary", "canary-primary-wrong", "endpoint-zone"):
        assert registered.needs(group, registered.named(name)), name


def _same_resources_in_a_preview(registered: Registered, settings: StackSettings) -> None:
    previewed, _ = run(settings, preview=True)
    assert {each.urn for each in previewed.resources} == {each.urn for each in registered.resources}


def _nothing_secret_is_exported(outputs: Mapping[str, Any]) -> None:
    text = json.dumps(outputs)
    assert PLANTED_SECRET not in text
    assert all(locator.startswith("ssm:/") for locator in outputs["secret_names"].values())


def _tags_come_from_one_place(registered: Registered, settings: StackSettings) -> None:
    """Default tags are the provider's; a resource says its own only, and says which part it is."""
    names = names_of(settings.aws, stack=STACK)
    provider = registered.one("pulumi:providers:aws")
    assert json.loads(provider.inputs["defaultTags"])["tags"] == names.default_tags()
    for each in registered.resources:
        tags = each.inputs.get("tags")
        if isinstance(tags, dict):
            assert tags["Component"] in set(Component), each.name
            assert "Project" not in tags, f"{each.name} repeats a default tag"


def _what_holds_data_stays(registered: Registered) -> None:
    for token in ("aws:ebs/volume:Volume", "aws:s3/bucket:Bucket", "aws:kms/key:Key"):
        for each in registered.of(token):
            assert (each.protect, each.retain) == (True, True), each.name


def _names_say_where_they_are_made(registered: Registered) -> None:
    """`network-vpc` is in the component `network`, which is infra/components/aws/network.py."""
    by_urn = {each.urn: each for each in registered.resources}
    for each in registered.resources:
        if each.custom and each.parent in by_urn:
            assert each.name.startswith(f"{by_urn[each.parent].name}-"), each.name


def _types_are_known_to_the_stand_in(registered: Registered) -> None:
    """A type without an entry would be updated in place whatever changed."""
    unknown = {each.type for each in registered.resources if each.type.startswith("aws:")}
    assert unknown - set(KINDS) == set()


def test_examples_are_all_there() -> None:
    """Every stack file of target aws is tested here."""
    files = {path.name.split(".")[1] for path in example_stacks.ROOT.glob("Pulumi.*.yaml")}
    assert files - {"local"} == set(EXAMPLES)
