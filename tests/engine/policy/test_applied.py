"""The pack while resources are really created, when every value is known; and the bootstrap."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings.load import FACTS_KEY
from tests.program.example_stacks import account_facts, merged, resolved_groups

pytestmark = [pytest.mark.engine, pytest.mark.runs("pulumi")]


@pytest.mark.slow
@pytest.mark.parametrize("own_key", [True, False])
def test_production_is_applied_under_the_pack(
    project: Any, project_root: Path, own_key: bool
) -> None:
    """With ids, user data and policies known, every rule has a verdict and none objects."""
    folder = project.folder
    shutil.rmtree(folder / "program")
    (folder / "stacks").symlink_to(project_root / "stacks")
    shutil.copy(project_root / "Pulumi.yaml", folder)
    (folder / "facts.json").write_text(account_facts().model_dump_json(), encoding="utf-8")
    groups = merged(resolved_groups("prod"), {"aws": {"customer_key": own_key}})
    config = {f"retrieval:{name}": value for name, value in groups.items()}
    config[FACTS_KEY] = str(folder / "facts.json")
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    project.run("stack", "init", "prod")
    out = project.run(
        *("up", "--stack", "prod", "--yes", "--skip-preview"),
        *("--policy-pack", str(project.pack)),
    )
    assert "retrieval@v1.0.0" in out
    assert "[mandatory]" not in out
    assert "can't be known" not in out
    advisories = [line for line in out.splitlines() if "[advisory]" in line]
    assert all("everything-priced" in line for line in advisories)


def test_the_bootstrap_passes(project: Any, project_root: Path) -> None:
    """Buckets, key, roles for CI and linked roles, previewed without an account."""
    folder = project.folder
    shutil.rmtree(folder / "program")
    for name in ("Pulumi.yaml", "Pulumi.account.yaml", "__main__.py"):
        shutil.copy(project_root / "stacks" / "bootstrap" / name, folder)
    project.run("stack", "init", "account")
    key = "retrieval-bootstrap:repository"
    project.run("config", "set", key, "example/school", "--stack", "account")
    out = project.run("preview", "--stack", "account", "--policy-pack", str(project.pack))
    assert "retrieval@v1.0.0" in out
    assert "[mandatory]" not in out
    assert "[advisory]" not in out
    assert "aws:iam:OpenIdConnectProvider" in out


def test_the_bootstrap_refuses_to_be_applied_without_an_account(
    project: Any, project_root: Path
) -> None:
    """The remedy names the key to set."""
    folder = project.folder
    shutil.rmtree(folder / "program")
    for name in ("Pulumi.yaml", "Pulumi.account.yaml", "__main__.py"):
        shutil.copy(project_root / "stacks" / "bootstrap" / name, folder)
    project.run("stack", "init", "account")
    out = project.run("up", "--stack", "account", "--yes", "--skip-preview", code=1)
    assert "retrieval-bootstrap:account_id is the placeholder" in out
    assert "Traceback" not in out
