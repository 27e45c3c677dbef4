"""Effective settings as rows: one list behind `retrieval settings` and the README's table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from infra.settings.base import Settings
from infra.settings.load import NAMESPACE
from infra.settings.stack import StackSettings

MARKDOWN_BEGIN = "<!-- settings table: written by `make docs` -->"
MARKDOWN_END = "<!-- end of settings table -->"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingRow:
    """One setting: its full key, effective value, default and meaning.

    `default` is None for a required setting; `is_default` compares the effective value with it.
    """

    key: str
    value: Any
    default: Any
    is_default: bool
    meaning: str

    @property
    def json_value(self) -> Any:
        """The value in JSON's own types: networks, dates and choices as text."""
        return to_jsonable_python(self.value)


def setting_rows(settings: StackSettings) -> list[SettingRow]:
    """Every setting of a stack, in the order of the models."""
    return list(_rows(settings, f"{NAMESPACE}:"))


def markdown_table() -> str:
    """Names, defaults and meanings of all settings, for the README."""
    lines = [MARKDOWN_BEGIN, "", "| setting | default | meaning |", "|---|---|---|"]
    for key, info in _fields(StackSettings, f"{NAMESPACE}:"):
        value = info.get_default(call_default_factory=True)
        default = "required" if info.is_required() else f"`{plain_text(value)}`"
        lines.append(f"| `{key}` | {default} | {info.description} |")
    return "\n".join([*lines, "", MARKDOWN_END])


def plain_text(value: Any) -> str:
    """A value as an operator would type it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(plain_text(item) for item in cast('tuple[Any, ...]', value))}]"
    if value is None:
        return "not set"
    return '""' if value == "" else str(value)


def _fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Settings):
            yield from _fields(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def _rows(model: BaseModel, prefix: str) -> Iterator[SettingRow]:
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Settings):
            yield from _rows(value, f"{prefix}{name}.")
            continue
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        yield SettingRow(
            key=f"{prefix}{name}",
            value=value,
            default=default,
            is_default=not info.is_required() and value == default,
            meaning=info.description or "",
        )
