"""The real engine's plan of an AWS stack, without an account: stand-in provider, temporary state.

The stack's own state, passphrase and configuration are neither read nor changed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from infra.errors import StackError
from infra.settings.load import FACTS_KEY, SAMPLES, stack_file
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.environment import pulumi_environment
from scripts.toolchain.pins import Toolchain

_PROGRAM = "stacks"
_POLICY_PACK = "infra/policy"
# The temporary state holds nothing that is worth protecting.
_PASSPHRASE = "preview"  # noqa: S105


def engine_plan(
    project_root: Path, stack: str, *, toolchain: Toolchain, env: Mapping[str, str]
) -> dict[str, Any]:
    """What `pulumi preview --json` says of a stack that does not exist yet.

    Args:
        project_root: folder of Pulumi.yaml and the stack file.
        stack: its name.
        toolchain: the CLI to use.
        env: the caller's environment; what it says of Pulumi and AWS plays no part.

    Raises:
        StackError: the engine or the program failed, or a policy refused the stack.
        ToolMissingError: the CLI is gone.
    """
    # The provider's library takes half a second to load, which other commands need not pay.
    from infra.standin.server import serve  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="retrieval-preview-") as scratch, serve() as standin:
        folder = _project(Path(scratch, "project"), project_root, stack)
        state = Path(scratch, "state")
        state.mkdir()
        own = {
            name: value for name, value in env.items() if not name.startswith(("PULUMI_", "AWS_"))
        }
        own |= {
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
            **standin.environment,
        }
        cli = PulumiCli(
            toolchain=toolchain, env=pulumi_environment(project_root, toolchain, own), folder=folder
        )
        cli.read("stack", "init", stack)
        pack = str(project_root / _POLICY_PACK)
        arguments = ("preview", "--stack", stack, "--policy-pack", pack)
        try:
            return cli.read_json(*arguments, "--json")
        except StackError:
            # With --json the engine's messages went into the answer; here they are seen.
            cli.show(*arguments)
            raise


def _project(folder: Path, project_root: Path, stack: str) -> Path:
    """A project with the real program, and a copy of the stack file that asks for samples."""
    folder.mkdir()
    shutil.copy(project_root / "Pulumi.yaml", folder)
    (folder / _PROGRAM).symlink_to(project_root / _PROGRAM, target_is_directory=True)
    text = stack_file(project_root, stack).read_text(encoding="utf-8")
    config = cast("dict[str, Any]", yaml.safe_load(text)).get("config", {})
    # Only the configuration: a salt or key of the stack's own secrets does not fit this passphrase.
    document = {"config": {**config, FACTS_KEY: SAMPLES}}
    stack_file(folder, stack).write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder
