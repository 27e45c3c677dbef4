"""One stack as the operators' commands handle it: settings, engine, endpoints, keys.

Takes its environment as an argument and starts nothing at import.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from infra.errors import StackError
from infra.plans.local import local_folder
from infra.settings import StackSettings, Target
from infra.settings.load import load_from_file
from scripts.deployment import Deployment, Endpoints
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import export_lines, pulumi_environment

OWN_FOLDERS = ("keys", "logs", "qdrant", "run")
"""What the local target keeps in its folder; nothing else there is ever removed."""


@dataclass(kw_only=True)
class StackOperator:
    """Answers the commands' questions about stacks; looks the CLI up once, when first needed."""

    project_root: Path
    environment: Mapping[str, str]
    default_stack: str
    _cli: PulumiCli | None = field(default=None, init=False, repr=False)

    def settings(self, stack: str | None) -> tuple[str, StackSettings]:
        """Name and validated settings of a stack.

        Raises:
            StackError: there is no such stack file.
            SettingsError: settings are wrong; all are listed.
        """
        name = stack or self.default_stack
        return name, load_from_file(self.project_root, name)

    def cli(self) -> PulumiCli:
        """`pulumi` for this project; finds or installs it at the first call.

        Raises:
            ToolMissingError: none of the three ways to a CLI worked.
        """
        if self._cli is None:
            toolchain = ensure_pulumi(self.project_root, env=self.environment)
            self._cli = PulumiCli(
                toolchain=toolchain,
                env=pulumi_environment(self.project_root, toolchain, self.environment),
                folder=self.project_root,
            )
        return self._cli

    def export_lines(self) -> str:
        """Shell lines after which `pulumi` works in this project."""
        return export_lines(self.cli().env, self.environment)

    def exists(self, name: str) -> bool:
        """Whether the state holds the stack."""
        stacks: list[dict[str, Any]] = self.cli().read_json("stack", "ls", "--json")
        return any(entry["name"] == name for entry in stacks)

    def up(self, stack: str | None) -> str:
        """Bring a stack to its settings, with the engine's plan and progress on the terminal.

        Killed processes are seen first (`--refresh`) and started again. Returns the stack's name.
        """
        name, _ = self.settings(stack)  # wrong settings are told before the engine starts
        self.cli().read("stack", "select", "--create", name)
        self.cli().show("up", "--stack", name, "--yes", "--refresh")
        return name

    def down(self, stack: str | None) -> Path | None:
        """Stop a local stack's services. Returns the folder of the data that stays, if any.

        Raises:
            StackError: the stack is not a local one; its resources cost money and hold data, so
                `pulumi destroy` must be typed for them.
        """
        name, settings = self.settings(stack)
        if settings.target is not Target.LOCAL:
            raise StackError(
                f"stack {name} is not local but {settings.target.value}",
                why="`retrieval down` and `retrieval destroy` only touch processes of this machine",
                remedy=f'use `pulumi destroy --stack {name}` after `eval "$(retrieval env)"`',
            )
        if self.exists(name):
            self.cli().show("destroy", "--stack", name, "--yes")
        folder = self._folder(name, settings)
        return folder if folder.exists() else None

    def destroy(self, stack: str | None, *, with_data: bool) -> Path | None:
        """As `down`; with `with_data` the stack's index, keys and logs are removed as well."""
        folder = self.down(stack)
        if not with_data or folder is None:
            return folder
        for own in OWN_FOLDERS:
            shutil.rmtree(folder / own, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()
            return None
        return folder

    def connect(self, stack: str | None) -> Deployment:
        """Endpoints, keys and settings of a stack that is up.

        Raises:
            StackError: the stack is unknown or not up, or a key file is gone.
        """
        name, settings = self.settings(stack)
        outputs: dict[str, Any] = self.cli().read_json("stack", "output", "--json", "--stack", name)
        endpoints: dict[str, str | None] | None = outputs.get("endpoints")
        if endpoints is None:
            raise StackError(
                f"stack {name} is not up",
                why="it has no endpoints",
                remedy="run `make up`, or `retrieval up` for another stack than local",
            )
        return Deployment(
            stack=name,
            endpoints=Endpoints(
                gateway=endpoints.get("gateway"),
                qdrant=endpoints.get("qdrant"),
                embed=endpoints.get("embed"),
                rerank=endpoints.get("rerank"),
            ),
            settings=settings,
            secrets={
                secret: _read_secret(locator)
                for secret, locator in outputs.get("secret_names", {}).items()
            },
        )

    def _folder(self, name: str, settings: StackSettings) -> Path:
        root = PurePosixPath(self.project_root)
        return Path(local_folder(settings, project_root=root, stack=name))


def _read_secret(locator: str) -> str:
    """Value behind a `file:` locator, as the local target writes them."""
    try:
        return Path(locator.removeprefix("file:")).read_text(encoding="ascii").strip()
    except FileNotFoundError as problem:
        raise StackError(
            f"secret {locator} cannot be read",
            why="the stack's outputs name it, but it is not there",
            remedy="run `make up`: a missing key is made anew and its services restarted",
        ) from problem
