"""Settings of a stack with some of them changed for one comparison: `search.rrf_k=20`. Pure.

The loader's rules judge the result, as if the values stood in the stack's file. Only what is
decided anew for each query can be compared on one collection; the rest is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.errors import UsageError
from infra.settings import StackSettings
from infra.settings.load import NAMESPACE, parse_settings
from infra.settings.table import setting_rows

_SEARCH_GROUP = f"{NAMESPACE}:search."
_COMPARABLE = frozenset({f"{NAMESPACE}:store.rescore", f"{NAMESPACE}:store.oversampling"})


def with_overrides(settings: StackSettings, assignments: Sequence[str]) -> StackSettings:
    """`settings` with each `group.name=value` in place.

    Raises:
        SettingsError: an unknown name or a value against its rule; all are listed.
        UsageError: an assignment that is none, changes nothing, or needs another index.
    """
    raw: dict[str, Any] = settings.model_dump()
    for assignment in assignments:
        _assign(raw, assignment)
    changed = parse_settings(raw, source="--set")
    before = {row.key: row.value for row in setting_rows(settings)}
    differing = [row.key for row in setting_rows(changed) if row.value != before.get(row.key)]
    if not differing:
        raise UsageError(
            f"--set {' '.join(assignments)} changes nothing",
            why="the stack's settings hold these values already",
            remedy="give another value; `retrieval settings` shows those in force",
        )
    refused = [key for key in differing if not _is_comparable(key)]
    if refused:
        raise UsageError(
            f"{', '.join(refused)} cannot be compared on one collection",
            why="it does not change how a query is answered from what is indexed; only "
            f"{_SEARCH_GROUP}* and {', '.join(sorted(_COMPARABLE))} do",
            remedy="index into a collection of its own with the other value, then compare two runs "
            "of `retrieval evaluate --json`",
        )
    return changed


def _is_comparable(key: str) -> bool:
    return key.startswith(_SEARCH_GROUP) or key in _COMPARABLE


def _assign(raw: dict[str, Any], assignment: str) -> None:
    name, equals, text = assignment.partition("=")
    parts = name.strip().removeprefix(f"{NAMESPACE}:").split(".")
    if not equals or not all(parts):
        raise UsageError(
            f"--set {assignment} is no assignment",
            why="it has the form group.name=value",
            remedy="for example `--set search.rrf_k=20`",
        )
    group: dict[str, Any] = raw
    for part in parts[:-1]:
        below: object = group.setdefault(part, {})
        if not isinstance(below, dict):
            raise UsageError(
                f"--set {assignment}: {part} is a value, not a group",
                why="nothing can be set below it",
                remedy="`retrieval settings` prints every name",
            )
        group = below
    group[parts[-1]] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
