"""What every host of a stack is built from: its settings, its names, and where its secrets lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.node.specs import Secret, SecretKind
from infra.plans.naming import Names
from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class HostStack:
    """A stack as its hosts see it.

    `secret_paths` is SSM's path by the secret's name in outputs; `artifact_bucket` where models,
    images and archives are.
    """

    settings: StackSettings
    names: Names
    secret_paths: Mapping[str, str]
    artifact_bucket: str

    def secret(self, name: str, secret: str, *, kind: SecretKind = SecretKind.VARIABLE) -> Secret:
        """A secret of a unit.

        Args:
            name: of the variable or file that the unit reads.
            secret: its name in outputs, such as `tei_api_key`.
            kind: variable or file.
        """
        return Secret(name=name, parameter=self.secret_paths[secret], kind=kind)
