"""`retrieval smoke`: the table, the data, and the exit."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from infra.errors import CheckFailedError, ExitCode
from infra.pipeline.smoke import CheckResult
from infra.settings import StackSettings, Target
from scripts import smoke
from scripts.deployment import Deployment, Endpoints

PASSED = CheckResult(
    name="embed: norm", passed=True, measured="1.000000", expected="1 within 0.001"
)
FAILED = CheckResult(
    name="rerank: order", passed=False, measured="0.1 against 0.9", expected="higher"
)


def deployment(stack: str | None) -> Deployment:
    return Deployment(
        stack=stack or "local",
        endpoints=Endpoints(gateway=None, qdrant=None, embed=None, rerank=None),
        settings=StackSettings(target=Target.LOCAL),
        secrets={},
    )


def run(monkeypatch: pytest.MonkeyPatch, results: list[CheckResult], *arguments: str) -> Result:
    monkeypatch.setattr(smoke, "check_deployment", lambda _: results)
    app = typer.Typer()
    smoke.register(app, deployment)
    return CliRunner().invoke(app, list(arguments))


def test_all_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured is shown, and the exit is 0."""
    result = run(monkeypatch, [PASSED])
    assert result.exit_code == 0
    assert "1.000000" in result.stdout
    assert "1 of 1 checks passed" in result.stdout


def test_a_failed_check_is_told_and_ends_with_the_answer_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The verdict is a word, not a colour; the expectation stands beside the measurement."""
    result = run(monkeypatch, [PASSED, FAILED])
    for words in ("FAIL", "0.1 against 0.9", "expected: higher", "1 of 2 checks passed"):
        assert words in result.stdout
    assert isinstance(result.exception, CheckFailedError)
    assert result.exception.exit_code is ExitCode.ANSWER_IS_NO
    assert "1 of 2 checks failed" in result.exception.what
    assert "rerank: order" in result.exception.why


def test_json_is_complete_also_on_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The object is printed before the error ends the command."""
    result = run(monkeypatch, [PASSED, FAILED], "--json")
    body = json.loads(result.stdout)
    assert [check["passed"] for check in body["checks"]] == [True, False]
    assert body["input"]["settings"]["embed"]["dimensions"] == 1024
    assert isinstance(result.exception, CheckFailedError)


def test_services_without_addresses_fail_every_check() -> None:
    """The real run behind the command: nothing that is not there can pass."""
    results = smoke.check_deployment(deployment(None))
    assert len(results) > 20
    assert not any(result.passed for result in results)
