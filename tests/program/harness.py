"""Runs a piece of the program under mocks that are as strict as the engine, and stricter.

`run_component` registers whatever a function builds and returns what was registered. It fails on
all that plain mocks let pass: a repeated URN, a resource without its component as parent, a
component without outputs, a type that the SDK does not know, a secret in plain text, an option path
in snake_case, a resource without the explicit provider, and a failed assertion inside `apply`.

Use it in both modes: in preview ids and computed outputs are unknown, as in `pulumi preview`.

    def test_...(preview: bool) -> None:
        registered = run_component(
            lambda: Network("network", plan, opts=provider_options()), preview=preview
        )
        vpc = registered.one("aws:ec2/vpc:Vpc")
        assert vpc.inputs["cidrBlock"] == "10.0.0.0/16"
"""

from __future__ import annotations

import importlib
import inspect
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws
from pulumi.runtime import mocks

from infra.standin.catalog import KINDS
from infra.standin.computed import Place, fake_outputs
from tests.program.wire import UNKNOWN, plain, secret_paths, texts

__all__ = [
    "PLACE",
    "PLANTED_SECRET",
    "RANDOM_KEY",
    "UNKNOWN",
    "Registered",
    "Registration",
    "provider_options",
    "run_component",
]

PLANTED_SECRET = "planted-secret-0123456789abcdef"
"""Put it where a secret goes; it must not be seen outside a secret."""

RANDOM_KEY = "pulumi-python:dynamic/retrieval:RandomKey"
"""The one type of ours that makes a value up."""

PLACE = Place(account_id="123456789012", region="us-east-1")
STACK, PROJECT = "test", "retrieval"

# Shorter strings (a name, a port) may well be secret in one place and plain in another.
_SHORTEST_SECRET = 16


def _load_services() -> None:
    """Load the lazy modules of the SDK that the program uses.

    Some of them warn while they load, and where warnings are errors a lazy module that failed once
    stays without its classes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for service in sorted({token.split(":")[1].split("/")[0] for token in KINDS}):
            getattr(importlib.import_module(f"pulumi_aws.{service}"), "__all__", None)


_load_services()


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the engine would have got it. Names of properties are Pulumi's, camelCase."""

    urn: str
    type: str
    name: str
    parent: str
    """URN of the parent; that of the stack for what stands at the top."""
    provider: str
    custom: bool
    id: str
    inputs: Mapping[str, Any]
    """Secrets are unwrapped (their paths are in `secrets`); unknown values are `UNKNOWN`."""
    secrets: frozenset[str]
    """Paths of secret inputs, such as `value` or `tags.a` or `rules[0].x`."""
    protect: bool
    retain: bool
    delete_before_replace: bool
    dependencies: frozenset[str]
    """URNs of everything that comes first, by `depends_on` or by a value."""
    property_dependencies: Mapping[str, frozenset[str]]
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    additional_secret_outputs: tuple[str, ...]
    deleted_with: str
    timeouts: Mapping[str, str]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Registered:
    """Everything that one run registered, in order, without the stack itself."""

    resources: tuple[Registration, ...]
    outputs: Mapping[str, Mapping[str, Any]]
    """By URN of a component: what it registered as its outputs."""

    def of(self, token: str) -> list[Registration]:
        """All resources of a type."""
        return [resource for resource in self.resources if resource.type == token]

    def one(self, token: str, name: str | None = None) -> Registration:
        """The only resource of a type, or the one of this name among them."""
        found = [each for each in self.of(token) if name is None or each.name == name]
        have = ", ".join(f"{each.type} {each.name}" for each in self.resources)
        assert len(found) == 1, f"{len(found)} of {token} {name or ''}; there are: {have}"
        return found[0]

    def named(self, name: str) -> Registration:
        """The only resource of this Pulumi name."""
        found = [each for each in self.resources if each.name == name]
        have = ", ".join(each.name for each in self.resources)
        assert len(found) == 1, f"{len(found)} named {name!r}; there are: {have}"
        return found[0]

    def children(self, parent: Registration) -> list[Registration]:
        """What lies directly under a component."""
        return [each for each in self.resources if each.parent == parent.urn]

    def needs(self, resource: Registration, first: Registration) -> bool:
        """Whether `first` is created before `resource`, directly or through others."""
        by_urn = {each.urn: each for each in self.resources}
        seen: set[str] = set()
        waiting = [resource.urn]
        while waiting:
            urn = waiting.pop()
            if urn == first.urn:
                return True
            if urn in seen or urn not in by_urn:
                continue
            seen.add(urn)
            waiting.extend(by_urn[urn].dependencies)
        return False


def run_component(
    build: Callable[[], object], *, preview: bool, seen: list[str] | None = None
) -> Registered:
    """Run `build` as a Pulumi program, wait for all of it, check it, return what it registered.

    Args:
        build: creates resources; what it returns is not looked at. Pass `provider_options()` to
            a component as its `opts`.
        preview: whether the run is a preview, in which ids and computed outputs are unknown.
        seen: gets the names of all that was registered, also when the run fails.

    Raises:
        AssertionError: a guard of this harness failed, or an assertion inside `apply` did.
    """
    monitor = _StrictMonitor(preview=preview)
    mocks.set_mocks(
        monitor.mocks,
        project=PROJECT,
        stack=STACK,
        preview=preview,
        logger=logging.getLogger(f"{__name__}.{STACK}"),
        monitor=monitor,
    )

    def program() -> None:
        build()

    try:
        mocks.test(program)()
    finally:
        if seen is not None:
            seen.extend(each.name for each in monitor.registrations)
    problems = [*monitor.problems, *monitor.open_components(), *monitor.seen_secrets()]
    assert not problems, "\n".join(problems)
    return Registered(tuple(monitor.registrations), dict(monitor.outputs))


def provider_options(name: str = "aws") -> pulumi.ResourceOptions:
    """Options with an explicit provider, as the program passes them. Call it inside `build`."""
    provider = pulumi_aws.Provider(name, region=PLACE.region)
    return pulumi.ResourceOptions(providers=[provider])


class _FakeAws(mocks.Mocks):
    """Answers with the inputs, and outside a preview with an id and computed outputs."""

    def __init__(self, *, preview: bool) -> None:
        self.preview = preview

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program asked AWS ({args.token}); facts must be passed in")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if self.preview or not args.custom:
            return "", args.inputs
        if args.typ.startswith("pulumi:providers:"):
            return f"provider-{args.name}", args.inputs
        id_, outputs = fake_outputs(args.typ, args.name, args.inputs, PLACE)
        if args.typ == RANDOM_KEY:
            outputs = {"value": f"{PLANTED_SECRET}-{args.name}", **outputs}
        return id_, {**args.inputs, **outputs}


@dataclass
class _StrictMonitor(mocks.MockMonitor):
    preview: bool
    registrations: list[Registration] = field(default_factory=list[Registration])
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    problems: list[str] = field(default_factory=list[str])
    stack_urn: str = ""

    def __post_init__(self) -> None:
        super().__init__(_FakeAws(preview=self.preview))
        self._secret_texts: dict[str, str] = {}
        self._plain_texts: list[tuple[str, str]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name of the call)
        answer = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            self.stack_urn = answer.urn
            return answer
        registration = _registration(request, answer.urn, answer.id)
        self._look_at(request, registration)
        self.registrations.append(registration)
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (same)
        outputs = {name: plain(value) for name, value in request.outputs.fields.items()}
        if request.urn != self.stack_urn:
            self.outputs[request.urn] = outputs
        for path, text, secret in texts(request.outputs):
            self._note(f"output {path} of {request.urn}", text, secret=secret)
        return super().RegisterResourceOutputs(request)

    def open_components(self) -> Iterator[str]:
        """Components that never registered outputs."""
        for each in self.registrations:
            if not each.custom and each.urn not in self.outputs:
                yield f"{each.type} {each.name} does not end with register_outputs"

    def seen_secrets(self) -> Iterator[str]:
        """Places where the value of a secret stands in plain text."""
        secrets = {**self._secret_texts, PLANTED_SECRET: "the planted secret"}
        for where, text in self._plain_texts:
            for secret, origin in secrets.items():
                if secret in text:
                    yield f"{where} shows in plain text what is secret in {origin}"

    def _look_at(self, request: Any, made: Registration) -> None:
        what = f"{made.type} {made.name}"
        if any(each.urn == made.urn for each in self.registrations):
            self.problems.append(f"{what} repeats the URN {made.urn}")
        is_provider = made.type.startswith("pulumi:providers:")
        if made.custom and not is_provider and made.parent in {"", self.stack_urn}:
            self.problems.append(f"{what} has no component as its parent")
        if made.type.startswith("aws:"):
            if not made.provider:
                self.problems.append(f"{what} would use a default provider")
            self.problems += [f"{what}: {problem}" for problem in _against_sdk(made)]
        for option, paths in (
            ("ignore_changes", made.ignore_changes),
            ("replace_on_changes", made.replace_on_changes),
            ("additional_secret_outputs", made.additional_secret_outputs),
        ):
            # A key in quotes (`tags["a_b"]`) may be written in any way.
            untranslated = [path for path in paths if "_" in re.sub(r"\[.*?\]", "", path)]
            self.problems += [f"{what}: {option} {path!r}: not camelCase" for path in untranslated]
        for path, text, secret in texts(request.object):
            self._note(f"{path} of {what}", text, secret=secret)

    def _note(self, where: str, text: str, *, secret: bool) -> None:
        if not secret:
            self._plain_texts.append((where, text))
        elif len(text) >= _SHORTEST_SECRET:
            self._secret_texts.setdefault(text, where)


def _registration(request: Any, urn: str, id_: str) -> Registration:
    timeouts = request.customTimeouts
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        provider=request.provider,
        custom=request.custom,
        id=id_,
        inputs={name: plain(value) for name, value in request.object.fields.items()},
        secrets=frozenset(secret_paths(request.object)),
        protect=request.protect,
        retain=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        dependencies=frozenset(request.dependencies),
        property_dependencies={
            name: frozenset(found.urns) for name, found in request.propertyDependencies.items()
        },
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        deleted_with=request.deletedWith,
        timeouts={
            name: getattr(timeouts, name)
            for name in ("create", "update", "delete")
            if getattr(timeouts, name)
        },
        aliases=tuple(str(alias) for alias in request.aliases),
    )


def _against_sdk(made: Registration) -> Iterator[str]:
    """What the installed SDK's class of this type does not know."""
    _, module, name = made.type.split(":")
    try:
        found = getattr(importlib.import_module(f"pulumi_aws.{module.split('/')[0]}"), name)
    except (ImportError, AttributeError):
        yield "no such type in the installed pulumi_aws"
        return
    if found.pulumi_type != made.type:
        yield f"the installed pulumi_aws calls this type {found.pulumi_type}"
        return
    known = {_camel(each) for each in inspect.signature(found._internal_init).parameters}
    unknown = set(made.inputs) - known - {"tagsAll"}
    yield from (f"no input {each!r} in the installed pulumi_aws" for each in sorted(unknown))
    for path in (*made.ignore_changes, *made.replace_on_changes):
        first = re.split(r"[.\[]", path)[0]
        if first not in known and "_" not in first:
            yield f"option path {path!r} begins with no input of this type"


def _camel(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)
