"""The only place that knows configuration keys: raw Pulumi configuration to `StackSettings`.

Each field of `StackSettings` is one key, `retrieval:<field>`; a group is an object whose members
are set with `pulumi config set --path retrieval:<group>.<member> VALUE`. All problems come in
one error; an unknown key is refused with the nearest known one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from infra.errors import SettingsError, StackError
from infra.settings.stack import StackSettings

NAMESPACE = "retrieval"
"""Name of the Pulumi project, which is the namespace of its configuration keys."""

FACTS_KEY = "retrieval-facts:source"
"""Where account facts come from: absent asks the account, `SAMPLES` takes the shipped ones, a path
reads a file. No setting of the stack: a preview writes it into its own copy of the stack file."""

SAMPLES = "samples"

_SPOKEN_RULES = {
    "missing": "is required and not set",
    "extra_forbidden": "is not a setting",
}


def load_from_program() -> StackSettings:
    """Settings of the Pulumi program that is running, from whichever host started it.

    Raises:
        SettingsError: one or more settings are wrong; all are listed.
    """
    # The SDK takes 0.4 s to import, which commands that only read a stack file need not pay. It has
    # no public way to list keys, and only a list can show an unknown one.
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415

    config = CONFIG.get()
    prefix = f"{NAMESPACE}:"
    raw = {
        key.removeprefix(prefix): _decode(value)
        for key, value in config.items()
        if key.startswith(prefix)
    }
    return parse_settings(raw, source="the stack's configuration")


def facts_source_from_program() -> str | None:
    """What `FACTS_KEY` says in the program that is running; None asks the account."""
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415 (see above)

    return CONFIG.get().get(FACTS_KEY)


def load_from_file(project_root: Path, stack: str) -> StackSettings:
    """Settings of a stack from its `Pulumi.<stack>.yaml`, without running Pulumi.

    Raises:
        StackError: there is no such stack file.
        SettingsError: the file is not valid YAML, or settings are wrong; all are listed.
    """
    path = stack_file(project_root, stack)
    if not path.is_file():
        known = ", ".join(known_stacks(project_root)) or "none"
        raise StackError(
            f"no stack file {path.name}",
            why=f"stack {stack} has no configuration in this project (known: {known})",
            remedy=f"pick a known stack with --stack, or write {path.name}",
        )
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise SettingsError(
            f"{path.name} cannot be read",
            why=f"it is not valid YAML ({problem})",
            remedy="mend the file at the place named above",
        ) from problem
    return parse_settings(_own_section(document, path.name), source=path.name)


def stack_file(project_root: Path, stack: str) -> Path:
    """Where Pulumi keeps the configuration of `stack`."""
    return project_root / f"Pulumi.{stack}.yaml"


def known_stacks(project_root: Path) -> list[str]:
    """Names of the stacks that have a configuration file, sorted."""
    return sorted(path.name.split(".")[1] for path in project_root.glob("Pulumi.*.yaml"))


def parse_settings(raw: Mapping[str, Any], *, source: str) -> StackSettings:
    """Validate decoded configuration, keys without their namespace.

    Args:
        raw: field name of `StackSettings` to its decoded value.
        source: what to call the place the values came from, for messages.

    Raises:
        SettingsError: lists every problem, each with the key, the value and the rule.
    """
    try:
        return StackSettings.model_validate(dict(raw))
    except ValidationError as error:
        problems = sorted({_speak(detail) for detail in error.errors()})
    count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
    raise SettingsError(
        f"{count} wrong in {source}",
        why="".join(f"\n  {problem}" for problem in problems),
        remedy=f"change a value with `pulumi config set --path {NAMESPACE}:GROUP.NAME VALUE`; "
        "`retrieval settings` prints every name, default and meaning",
    )


def known_keys(model: type[BaseModel] = StackSettings, prefix: str = "") -> Iterator[str]:
    """Every settings name in dotted form, in the order of the models."""
    for name, info in model.model_fields.items():
        dotted = f"{prefix}{name}"
        yield dotted
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from known_keys(info.annotation, f"{dotted}.")


def _decode(value: str) -> Any:
    """Pulumi hands objects, numbers and booleans over as JSON text, plain strings as they are."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _own_section(document: object, name: str) -> dict[str, Any]:
    """The `retrieval:` keys of a stack file, without their namespace."""
    if document is None:
        return {}
    config: object = (
        cast("dict[str, object]", document).get("config", {})
        if isinstance(document, dict)
        else document
    )
    if not isinstance(config, dict):
        raise SettingsError(
            f"{name} has the wrong shape",
            why="a stack file is a mapping with a `config:` mapping inside",
            remedy="compare it with Pulumi.local.yaml",
        )
    prefix = f"{NAMESPACE}:"
    return {
        str(key).removeprefix(prefix): value
        for key, value in cast("dict[object, Any]", config).items()
        if str(key).startswith(prefix)
    }


def _speak(detail: ErrorDetails) -> str:
    """One problem in the operator's words: key, given value, rule."""
    dotted = ".".join(str(part) for part in detail["loc"])
    key = f"{NAMESPACE}:{dotted}" if dotted else f"{NAMESPACE}:*"
    rule = _SPOKEN_RULES.get(detail["type"])
    if detail["type"] == "extra_forbidden":
        return f"{key} {rule}{_nearest(dotted)}"
    if rule is not None:
        return f"{key} {rule}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return f"{key}: {message}"
    return f"{key} = {json.dumps(detail['input'], ensure_ascii=False, default=str)}: {message}"


def _nearest(dotted: str) -> str:
    known = list(known_keys())
    last = dotted.rpartition(".")[2]
    same_group = dotted.rpartition(".")[0]
    level = [key for key in known if key.count(".") == dotted.count(".")]
    close = get_close_matches(dotted, level, n=1, cutoff=0.8)
    if not close:
        by_name = {key.rpartition(".")[2]: key for key in known}
        close = [by_name[name] for name in get_close_matches(last, by_name, n=1, cutoff=0.7)]
    if close:
        return f"; did you mean {NAMESPACE}:{close[0]}?"
    members = [key for key in known if key.rpartition(".")[0] == same_group]
    return f"; known here: {', '.join(key.rpartition('.')[2] for key in members)}"
