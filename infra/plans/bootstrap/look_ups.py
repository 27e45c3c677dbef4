"""Statements for the few actions that AWS narrows by no resource."""

from __future__ import annotations

import re

from infra.errors import InternalError
from infra.plans.bootstrap.needs import CREATES_WITHOUT_ARN
from infra.plans.iam import ANY, Conditions, Statement

_READ = re.compile(r"[a-z0-9-]+:(?:Describe|List|Get)[A-Za-z]+")
_DATA = ("s3:GetObject", "ssm:GetParameter", "secretsmanager:GetSecretValue")


class Unnarrowed(Statement):
    """A statement with a resource of `*`.

    It takes descriptions and the creations of `CREATES_WITHOUT_ARN`, never what shows data.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        wrong = [action for action in self.actions if not _may_stand_alone(action)]
        if wrong or not self.actions or self.resources != (ANY,):
            raise InternalError(
                f"statement {self.sid} allows {', '.join(wrong) or 'nothing'} on everything",
                why="only descriptions and listed creations may be so wide",
                remedy="name its ARNs in the table of needs",
            )


def unnarrowed(
    sid: str, actions: tuple[str, ...], conditions: Conditions | None = None
) -> Unnarrowed:
    """A statement on everything, for actions that AWS narrows by no resource."""
    return Unnarrowed(sid=sid, actions=actions, resources=(ANY,), conditions=conditions or {})


def _may_stand_alone(action: str) -> bool:
    if action in CREATES_WITHOUT_ARN:
        return True
    return _READ.fullmatch(action) is not None and not action.startswith(_DATA)
