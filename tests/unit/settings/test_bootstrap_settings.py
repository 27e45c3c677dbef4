"""Settings of the bootstrap program: refusals in the operator's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import SettingsError
from infra.settings.bootstrap import BootstrapSettings
from infra.settings.load_bootstrap import NAMESPACE, load_bootstrap_from_program, parse_bootstrap


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"account_id": 12345}, "was read as a number"),
        ({"repository": "no-owner"}, "retrieval-bootstrap:repository"),
        ({"repository": "o/r", "environments": []}, "nobody could deploy"),
        ({"environments": ["a", "a"]}, "names one twice"),
        ({"account_id": "1" * 12, "reader_account_ids": ["1" * 12]}, "names this account"),
        ({"repositry": "o/r"}, "did you mean retrieval-bootstrap:repository?"),
        ({"name": "aws:x"}, "retrieval-bootstrap:name"),
        ({"environments": ["production*"]}, "retrieval-bootstrap:environments"),
    ],
)
def test_a_wrong_value_is_named(raw: dict[str, Any], says: str) -> None:
    """The key, the rule and the remedy."""
    with pytest.raises(SettingsError) as caught:
        parse_bootstrap(raw, source="a test")
    assert says in str(caught.value)
    assert "pulumi config set" in caught.value.remedy


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), min_size=1, max_size=3))
def test_unknown_keys_are_refused_without_a_traceback(raw: dict[str, str]) -> None:
    """Whatever they are called."""
    strangers = {key: value for key, value in raw.items() if key not in known()}
    if strangers:
        with pytest.raises(SettingsError):
            parse_bootstrap(strangers, source="a test")


def test_the_engine_hands_over_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and booleans are decoded, an account id keeps its zeros."""
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415 - the SDK is slow to import

    config = {
        f"{NAMESPACE}:account_id": "012345678901",
        f"{NAMESPACE}:environments": '["production", "staging"]',
        f"{NAMESPACE}:create_oidc_provider": "false",
        "aws:region": "eu-west-1",
    }
    token = CONFIG.set(config)
    try:
        settings = load_bootstrap_from_program()
    finally:
        CONFIG.reset(token)
    assert settings.account_id == "012345678901"
    assert settings.environments == ("production", "staging")
    assert not settings.create_oidc_provider


def test_the_shipped_stack_file_is_valid(project_root: Path) -> None:
    """stacks/bootstrap/Pulumi.account.yaml."""
    path = project_root / "stacks" / "bootstrap" / "Pulumi.account.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    prefix = f"{NAMESPACE}:"
    raw = {
        key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)
    }
    assert parse_bootstrap(raw, source=path.name) == BootstrapSettings()


def test_the_page_explains_every_setting(project_root: Path) -> None:
    """docs/bootstrap.md has a row for each, with its description."""
    page = (project_root / "docs" / "bootstrap.md").read_text(encoding="utf-8")
    for name, info in BootstrapSettings.model_fields.items():
        assert f"| `{name}` | {info.description} |" in page


def known() -> set[str]:
    """Names of all settings."""
    return set(BootstrapSettings.model_fields)
