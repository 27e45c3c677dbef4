"""`retrieval preview` without the engine: what it says of a plan, and what it refuses at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ExitCode, OperatorError, StackError
from infra.plans.facts import sample_facts
from infra.plans.stack import plan_stack
from infra.settings.load import load_from_file
from scripts.main import main
from scripts.preview import as_data, build_preview
from scripts.preview_parts import Preview, preview_of, short_type
from scripts.preview_text import markdown, text
from scripts.stack import StackOperator

ROOT = Path(__file__).resolve().parents[3]
STACK_URN = "urn:pulumi:prod::retrieval::pulumi:pulumi:Stack::retrieval-prod"


def state(kind: str, name: str, parent: str = STACK_URN, **more: Any) -> dict[str, Any]:
    """One step of the engine's plan."""
    urn = f"urn:pulumi:prod::retrieval::{kind}::{name}"
    made = {"urn": urn, "type": kind, "custom": True, "parent": parent, **more}
    return {"op": "create", "newState": made}


def engine() -> dict[str, Any]:
    """A small plan: provider, one component with two resources, one nested."""
    network = "urn:pulumi:prod::retrieval::retrieval:aws:Network::network"
    return {
        "steps": [
            {
                "op": "create",
                "newState": {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "custom": False},
            },
            state("pulumi:providers:aws", "aws"),
            state("retrieval:aws:Network", "network", custom=False),
            state("aws:ec2/vpc:Vpc", "network-vpc", network),
            state(
                "aws:ec2/subnet:Subnet",
                "network-subnet",
                network,
                protect=True,
                retainOnDelete=True,
            ),
        ],
        "changeSummary": {"create": 5},
    }


@pytest.fixture(scope="module")
def preview() -> Preview:
    """Both plans of production, the engine's cut short."""
    settings = load_from_file(ROOT, "prod")
    return preview_of("prod", plan_stack(settings, sample_facts(), stack="prod"), engine())


def test_parts_follow_creation(preview: Preview) -> None:
    """Components come in the order in which they are made, each with its resources and costs."""
    names = [part.name for part in preview.parts]
    assert names[:3] == ["stack", "account", "network"]
    network = preview.parts[2]
    assert [each.name for each in network.resources] == ["network-subnet", "network-vpc"]
    assert network.resources[0].remarks == "protected, kept"
    assert sum(part.usd_month for part in preview.parts) == preview.plan.verdict.usd_month


@pytest.mark.parametrize("width", [80, 100, 140])
def test_text_fits_and_says_what_it_is(preview: Preview, width: int) -> None:
    """No line is wider than the terminal, and the last one counts what would be made."""
    lines = list(text(preview, width=width))
    assert lines[-1] == "5 to create"
    assert max(len(line) for line in lines) <= width
    shown = "\n".join(lines)
    whole = " ".join(shown.split())
    assert "stand-in for AWS: nothing was asked, nothing is created" in whole
    assert "Account facts are samples of 2026-11-23" in whole
    assert "prices are list prices read 2026-11-23" in whole
    assert "network-vpc     ec2.Vpc" in shown
    assert "not resolved yet" in shown
    assert "retrieval:aws.account_id" in shown


def test_text_counts_what_has_no_price(preview: Preview) -> None:
    """A line without a price says so; the sum names what it leaves out, and both bounds."""
    lines = list(text(preview, width=100))
    assert any(
        line.startswith("    $ health check") and line.endswith("unpriced") for line in lines
    )
    assert any(line.startswith("unpriced ") for line in lines)
    assert any(line.startswith("target ") and "above it" in line for line in lines)
    assert any(line.startswith("ceiling ") and "below it" in line for line in lines)


def test_markdown(preview: Preview) -> None:
    """Tables of resources and costs, and the count at the end."""
    lines = list(markdown(preview))
    assert "| `network-vpc` | ec2.Vpc |  |" in lines
    assert lines[-1] == "**5 to create**"


def test_data_is_json(preview: Preview) -> None:
    """Amounts are text, None where there is no price."""
    found = json.loads(json.dumps(as_data(preview)))
    costs = [line for part in found["parts"] for line in part["costs"]]
    assert {None} == {line["usd_month"] for line in costs if line["kind"] == "unpriced"}
    assert found["cost"]["ceiling_usd_month"] == "500.0"
    assert found["to_create"] == 5


def test_nothing_missing_is_not_listed(preview: Preview) -> None:
    """Without unresolved things the text has no such section."""
    whole = replace(preview, plan=replace(preview.plan, missing=()))
    assert "not resolved" not in "\n".join(text(whole, width=80))


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("aws:ec2/vpc:Vpc", "ec2.Vpc"),
        ("pulumi:providers:aws", "provider aws"),
        ("pulumi-python:dynamic/retrieval:RandomKey", "retrieval.RandomKey"),
    ],
)
def test_short_types(token: str, shown: str) -> None:
    """Types as one writes them in a program."""
    assert short_type(token) == shown


class _NoEngine(StackOperator):
    def cli(self) -> Any:
        raise AssertionError("the engine was started")


def refused(tmp_path: Path, lines: str) -> OperatorError:
    """The refusal of a stack file with these lines."""
    body = f"config:\n  retrieval:target: aws\n{lines}"
    (tmp_path / "Pulumi.bad.yaml").write_text(body, encoding="utf-8")
    operator = _NoEngine(project_root=tmp_path, environment={}, default_stack="bad")
    with pytest.raises(OperatorError) as caught:
        build_preview(operator, "bad")
    return caught.value


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("  retrieval:network: {zones: [us-east-1e]}\n", "us-east-1e"),
        ("  retrieval:network: {cidr: 10.64.0.0/20, client_cidrs: [10.64.0.0/16]}\n", "10.64.0.0"),
        ("  retrieval:standby: {mode: hot}\n", "above the ceiling"),
        ("  retrieval:pins: {tei: {tag: latest}}\n", "floats"),
        ("  retrieval:embed: {revision: 5617a9f}\n", "revision"),
        ("  retrieval:pins: {gpu_ami: {driver: 610.12.01}}\n", "driver 610"),
        ("  retrieval:vector_store: {data_volume_iops: 200000}\n", "data_volume_iops"),
        (
            "  retrieval:serving: {dtype: float32}\n"
            "  retrieval:embed: {max_batch_tokens: 16384}\n"
            "  retrieval:rerank: {max_batch_tokens: 16384}\n",
            "MiB",
        ),
    ],
)
def test_bad_settings_are_refused_before_the_engine(tmp_path: Path, lines: str, says: str) -> None:
    """Each gives one refusal that names the thing, and nothing is started."""
    error = refused(tmp_path, lines)
    assert says in f"{error.what} {error.why}"
    assert error.remedy


def test_a_local_stack_has_no_preview() -> None:
    """The refusal names what to ask instead."""
    operator = _NoEngine(project_root=ROOT, environment={}, default_stack="local")
    with pytest.raises(StackError, match="not on AWS"):
        build_preview(operator, "local")


def test_two_forms_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """--json with --markdown is a wrong command line."""
    assert main(["preview", "--json", "--markdown"], {}) == ExitCode.USAGE
    assert "--json with --markdown" in capsys.readouterr().err
