"""Configuration of the bootstrap program to `BootstrapSettings`; keys are `NAMESPACE:<field>`.

It is a Pulumi project of its own, so its keys have a namespace of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.errors import SettingsError
from infra.settings.bootstrap import BootstrapSettings

NAMESPACE = "retrieval-bootstrap"
"""Name of the Pulumi project in stacks/bootstrap."""


def load_bootstrap_from_program() -> BootstrapSettings:
    """Settings of the bootstrap program that is running.

    Raises:
        SettingsError: one or more settings are wrong; all are listed.
    """
    # As in load.py: the SDK is slow to import and has no public way to list keys.
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415

    prefix = f"{NAMESPACE}:"
    raw = {
        key.removeprefix(prefix): _decoded(value)
        for key, value in CONFIG.get().items()
        if key.startswith(prefix)
    }
    return parse_bootstrap(raw, source="the stack's configuration")


def parse_bootstrap(raw: Mapping[str, Any], *, source: str) -> BootstrapSettings:
    """Validate decoded configuration, keys without their namespace.

    Args:
        raw: field name to decoded value.
        source: what to call the place the values came from, for messages.

    Raises:
        SettingsError: lists every problem, each with the key, the value and the rule.
    """
    try:
        return BootstrapSettings.model_validate(dict(raw))
    except ValidationError as error:
        problems = sorted({_spoken(detail) for detail in error.errors()})
    count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
    raise SettingsError(
        f"{count} wrong in {source}",
        why="".join(f"\n  {problem}" for problem in problems),
        remedy=f"change a value with `pulumi config set {NAMESPACE}:NAME VALUE`; docs/bootstrap.md "
        "lists every name",
    )


def _decoded(value: str) -> Any:
    """Objects, numbers and booleans arrive as JSON text; an account id is text all the same."""
    if value.isdecimal() and len(value) == 12:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _spoken(detail: ErrorDetails) -> str:
    dotted = ".".join(str(part) for part in detail["loc"])
    key = f"{NAMESPACE}:{dotted}" if dotted else f"{NAMESPACE}:*"
    if detail["type"] == "extra_forbidden":
        known = list(BootstrapSettings.model_fields)
        close = get_close_matches(dotted, known, n=1)
        meant = f"did you mean {NAMESPACE}:{close[0]}?" if close else f"known: {', '.join(known)}"
        return f"{key} is not a setting; {meant}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return f"{key}: {message}"
    return f"{key} = {json.dumps(detail['input'], ensure_ascii=False, default=str)}: {message}"
