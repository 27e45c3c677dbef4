"""Policy documents of IAM, read from their JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from infra.policy.view import UNKNOWN, Finding, Problem, Resource, Undecided, at, entries


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """One statement; a single text and a list of one are the same here."""

    sid: str
    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Mapping[str, Any]]
    inverted: tuple[str, ...]
    """Which of NotAction, NotResource and NotPrincipal it has."""

    def condition_keys(self) -> set[str]:
        """All condition keys, in lower case."""
        return {key.lower() for keys in self.conditions.values() for key in keys}


def statements(resource: Resource, *paths: str) -> Iterator[ReadStatement | Finding]:
    """Every statement of the documents at these paths, or why there is none."""
    for path in paths:
        for where, text in entries(resource.props, path):
            if text is UNKNOWN:
                yield Undecided(where)
                continue
            if isinstance(text, Mapping):  # a role's inline policies are {name, policy}
                text = at(text, "policy")  # noqa: PLW2901 - the same document, unwrapped
            if text is UNKNOWN:
                yield Undecided(f"{where}.policy")
            elif text:
                yield from _parsed(where, text)


def _parsed(where: str, text: Any) -> Iterator[ReadStatement | Finding]:
    try:
        document: Any = json.loads(text)
        found = document["Statement"]
    except (TypeError, ValueError, KeyError):
        yield Problem(f"{where} is no policy document")
        return
    for each in found if isinstance(found, list) else [found]:
        statement = cast("dict[str, Any]", each)
        inverted = [name for name in statement if name.startswith("Not")]
        yield ReadStatement(
            sid=str(statement.get("Sid", "without a Sid")),
            allow=statement.get("Effect") == "Allow",
            actions=_texts(statement.get("Action")),
            resources=_texts(statement.get("Resource")),
            principals=_principals(statement.get("Principal")),
            conditions=statement.get("Condition") or {},
            inverted=tuple(inverted),
        )


def _principals(value: Any) -> Mapping[str, tuple[str, ...]]:
    if value == "*":
        return {"AWS": ("*",)}
    if not isinstance(value, dict):
        return {}
    return {kind: _texts(names) for kind, names in cast("dict[str, Any]", value).items()}


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(cast("list[str]", value)) if isinstance(value, list) else (str(value),)
