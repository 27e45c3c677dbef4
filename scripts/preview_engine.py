"""The real engine's plan of an AWS stack, without an account: stand-in provider, temporary state.

The stack's own state, passphrase and configuration are neither read nor changed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from infra.errors import StackError
from infra.settings.load import FACTS_KEY, SAMPLES, stack_file
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.environment import pulumi_environment
from scripts.toolchain.pins import Toolchain

_PROGRAM = "stacks"
_STATE = "state"
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
    with tempfile.TemporaryDirectory(prefix="retrieval-preview-") as scratch:
        folder = copy_of_project(Path(scratch, "project"), project_root, stack)
        with stand_in_cli(project_root, folder, toolchain=toolchain, env=env) as cli:
            cli.read("stack", "init", stack)
            pack = str(project_root / _POLICY_PACK)
            arguments = ("preview", "--stack", stack, "--policy-pack", pack)
            try:
                return cli.read_json(*arguments, "--json")
            except StackError:
                # With --json the engine's messages went into the answer; here they are seen.
                cli.show(*arguments)
                raise


@contextmanager
def stand_in_cli(
    project_root: Path, folder: Path, *, toolchain: Toolchain, env: Mapping[str, str]
) -> Generator[PulumiCli]:
    """`pulumi` in a throwaway project, with the stand-in as `aws` and a state of its own.

    Args:
        project_root: whose interpreter and plugins are used.
        folder: of the throwaway project; the state lies beside its files.
        toolchain: the CLI to use.
        env: the caller's environment; what it says of Pulumi and AWS plays no part.
    """
    # The provider's library takes half a second to load, which other commands need not pay.
    from infra.standin.server import serve  # noqa: PLC0415

    state = folder / _STATE
    state.mkdir()
    own = {name: value for name, value in env.items() if not name.startswith(("PULUMI_", "AWS_"))}
    own |= {"PULUMI_BACKEND_URL": state.as_uri(), "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE}
    with serve() as standin:
        made = {**pulumi_environment(project_root, toolchain, own), **standin.environment}
        yield PulumiCli(toolchain=toolchain, env=made, folder=folder)


def copy_of_project(
    folder: Path, project_root: Path, stack: str, *, program: str | None = None
) -> Path:
    """A new project with the real program, and a copy of the stack file that asks for samples.

    Args:
        folder: where to make it.
        project_root: what to copy.
        stack: whose file is copied.
        program: text of another program in the place of the real one.
    """
    folder.mkdir()
    shutil.copy(project_root / "Pulumi.yaml", folder)
    if program is None:
        (folder / _PROGRAM).symlink_to(project_root / _PROGRAM, target_is_directory=True)
    else:
        (folder / _PROGRAM).mkdir()
        (folder / _PROGRAM / "__main__.py").write_text(program, encoding="utf-8")
    text = stack_file(project_root, stack).read_text(encoding="utf-8")
    config = cast("dict[str, Any]", yaml.safe_load(text)).get("config", {})
    # Only the configuration: a salt or key of the stack's own secrets does not fit this passphrase.
    document = {"config": {**config, FACTS_KEY: SAMPLES}}
    stack_file(folder, stack).write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder
