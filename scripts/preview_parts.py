"""The engine's plan and the cost plan, put together part by part. Knows no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.plans.cost import CostLine, total
from infra.plans.naming import Component
from infra.plans.stack import StackPlan

STACK_PART = "stack"
"""What belongs to no component: the provider and the stack itself."""

_ORDER = (
    STACK_PART,
    Component.ACCOUNT,
    Component.NETWORK,
    "notices",
    "logs",
    Component.SECRETS,
    Component.ENDPOINT,
    "access",
    Component.VECTOR_STORE,
    "canary",
    Component.GPU,
    Component.STANDBY,
    "failover",
    Component.BACKUP,
    Component.WATCH,
)
"""As the program creates them; the standby's nodes are in `gpu`, its cost is apart."""

_STACK_TYPE = "pulumi:pulumi:Stack"
_PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedResource:
    """One resource of the engine's plan; a `kept` one stays when the stack is destroyed."""

    name: str
    type: str
    protected: bool
    kept: bool

    @property
    def remarks(self) -> str:
        """What is special about it."""
        return ", ".join(
            word for word, holds in (("protected", self.protected), ("kept", self.kept)) if holds
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A component with its resources and its lines of the cost."""

    name: str
    resources: tuple[PlannedResource, ...]
    costs: tuple[CostLine, ...]

    @property
    def usd_month(self) -> Any:
        """Sum of its priced lines."""
        return total(self.costs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """All of a preview. `to_create` counts as the engine does, with components and the stack."""

    stack: str
    plan: StackPlan
    parts: tuple[Part, ...]
    to_create: int


def preview_of(stack: str, plan: StackPlan, engine: Mapping[str, Any]) -> Preview:
    """Put both plans together.

    Args:
        stack: its name.
        plan: of our own planners.
        engine: what `pulumi preview --json` answered.
    """
    states: list[dict[str, Any]] = [step["newState"] for step in engine["steps"]]
    by_urn = {state["urn"]: state for state in states}
    grouped: dict[str, list[PlannedResource]] = {}
    for state in states:
        if state["type"] == _STACK_TYPE:
            continue
        owner = _component(state, by_urn)
        members = grouped.setdefault(owner, [])
        if state["custom"]:
            members.append(_resource(state))
    costs: dict[str, list[CostLine]] = {}
    for line in plan.cost.lines:
        costs.setdefault(line.component, []).append(line)
    return Preview(
        stack=stack,
        plan=plan,
        parts=tuple(
            Part(
                name=name,
                resources=tuple(sorted(grouped.get(name, ()), key=lambda each: each.name)),
                costs=tuple(costs.get(name, ())),
            )
            for name in _in_order({**grouped, **costs})
        ),
        to_create=engine["changeSummary"]["create"],
    )


def short_type(token: str) -> str:
    """`aws:ec2/vpc:Vpc` as `ec2.Vpc`, as one writes it in a program."""
    package, module, name = token.split(":")
    if package == "pulumi":
        return f"provider {name}"
    if package == "pulumi-python":
        return f"{module.rpartition('/')[2]}.{name}"
    return f"{module.partition('/')[0]}.{name}"


def _component(state: Mapping[str, Any], by_urn: Mapping[str, Mapping[str, Any]]) -> str:
    """Name of the component under which a resource stands, however deep."""
    found = state
    while True:
        parent = by_urn.get(found.get("parent", ""))
        if parent is None or parent["type"] == _STACK_TYPE:
            break
        found = parent
    is_component = not found["custom"]
    return _name(found) if is_component else STACK_PART


def _resource(state: Mapping[str, Any]) -> PlannedResource:
    return PlannedResource(
        name=_name(state),
        type=short_type(state["type"]),
        protected=bool(state.get("protect")),
        kept=bool(state.get("retainOnDelete")),
    )


def _name(state: Mapping[str, Any]) -> str:
    name: str = state["urn"].rpartition("::")[2]
    return name


def _in_order(names: Iterable[str]) -> Sequence[str]:
    """The order of creation; what the list does not know comes last, by name."""
    order = {name: place for place, name in enumerate(_ORDER)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
