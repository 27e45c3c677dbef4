"""Writes the plainest program that registers the resources of an engine's plan.

One call of the SDK for each, in an order in which dependencies come first. Where the plan holds an
unknown value, the call takes an output of a resource that the value came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.standin.properties import DEFAULTS, UNKNOWN

_HEAD = '''\
"""The resources of a plan, without any layer over the SDK."""

import json

import pulumi
import pulumi_aws
from pulumi import ResourceOptions
from pulumi_aws import {services}

from infra.components.aws.random_key import RandomKey

provider = pulumi_aws.Provider("aws", {provider})
made = {{}}
'''
_RANDOM = "pulumi-python:dynamic/retrieval:RandomKey"


def bare_program(plan: Mapping[str, Any]) -> str:
    """The text of the program.

    Args:
        plan: what `pulumi preview --json` answered for a stack that does not exist yet.
    """
    states = {
        step["newState"]["urn"]: step["newState"]
        for step in plan["steps"]
        if step["newState"]["custom"]
    }
    provider = next(s for s in states.values() if s["type"].startswith("pulumi:providers:"))
    resources = [s for s in _in_order(states) if not s["type"].startswith("pulumi:")]
    services = sorted({_service(s["type"]) for s in resources if s["type"] != _RANDOM})
    given = ("region", "allowedAccountIds", "defaultTags")
    settings = {_snake(name): _decoded(provider["inputs"][name]) for name in given}
    head = _HEAD.format(
        services=", ".join(services),
        provider=", ".join(f"{name}={value!r}" for name, value in settings.items()),
    )
    return head + "\n".join(_call(state, states) for state in resources) + "\n"


def _in_order(states: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    done: set[str] = set()

    def visit(urn: str) -> Iterator[dict[str, Any]]:
        if urn in done or urn not in states:
            return
        done.add(urn)
        for dependency in _dependencies(states[urn]):
            yield from visit(dependency)
        yield states[urn]

    for urn in states:
        yield from visit(urn)


def _dependencies(state: Mapping[str, Any]) -> list[str]:
    return sorted(state.get("dependencies") or [])


def _call(state: Mapping[str, Any], states: Mapping[str, Any]) -> str:
    name = state["urn"].rpartition("::")[2]
    known = [urn for urn in _dependencies(state) if urn in states]
    options = ["provider=provider"] if state["type"] != _RANDOM else []
    if known:
        options.append(f"depends_on=[{', '.join(_made(urn) for urn in known)}]")
    if state.get("protect"):
        options.append("protect=True")
    if state.get("retainOnDelete"):
        options.append("retain_on_delete=True")
    if state["type"] == _RANDOM:
        return f"{_made(state['urn'])} = RandomKey({name!r}, ResourceOptions({', '.join(options)}))"
    given = state.get("inputs", {})
    made_up = {DEFAULTS, *given.get(DEFAULTS, [])}
    inputs = "".join(
        f", {_snake(key)}={_value(value, _sources(state, key, known))}"
        for key, value in given.items()
        if key not in made_up
    )
    service, cls = _service(state["type"]), state["type"].rpartition(":")[2]
    opts = f"opts=ResourceOptions({', '.join(options)})"
    return f"{_made(state['urn'])} = {service}.{cls}({name!r}{inputs}, {opts})"


def _sources(state: Mapping[str, Any], key: str, known: list[str]) -> list[str]:
    """Resources from which the value of an input comes."""
    of_input = (state.get("propertyDependencies") or {}).get(key) or []
    return sorted(urn for urn in of_input if urn in known)


def _value(value: Any, sources: list[str]) -> str:
    """A value as Python, an unknown one as the id of what it came from."""
    if value == UNKNOWN:
        return f"{_made(sources[0])}.id" if sources else "None"
    if isinstance(value, dict):
        if "plaintext" in value or "ciphertext" in value:
            return f"{_made(sources[0])}.value" if sources else "None"
        return "{" + ", ".join(f"{k!r}: {_value(v, sources)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(member, sources) for member in value) + "]"
    return repr(value)


def _made(urn: str) -> str:
    return f"made[{urn.rpartition('::')[2]!r}]"


def _service(token: str) -> str:
    return token.split(":")[1].partition("/")[0]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
