"""The stand-in as a Pulumi provider: the protocol of the `aws` plugin, spoken by hand.

Properties stay protobuf structs from end to end, so that secrets and unknown values come back as
they were sent. It answers no look-up: whatever a program must know is passed in as account facts.
"""

# ruff: noqa: N802, ARG002 - names and arguments of the calls are the protocol's

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.standin.catalog import kind_of
from infra.standin.checks import check
from infra.standin.cloud import Cloud, CloudError
from infra.standin.computed import Place, computed_names, fake_outputs
from infra.standin.kinds.kind import Kind
from infra.standin.properties import (
    DEFAULTS,
    UNKNOWN,
    Change,
    Difference,
    copy_of,
    differences,
    plain_struct,
    put,
)

VERSION = f"{version('pulumi-aws')}+stand-in.not-aws"
"""That of the SDK, since the engine compares the two."""

UNSET_ACCOUNT = "000000000000"
_TAGS = ("tags", "tagsAll")
_NAME_DIGITS = 7


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """One imagined account; `cloud` can be looked at and told to fail."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._place = Place(account_id=UNSET_ACCOUNT, region="us-east-1")
        self._default_tags: dict[str, str] = {}

    def Handshake(self, request: Any, context: Any) -> Any:
        """Agree on how values travel."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Says what it is."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Attach(self, request: Any, context: Any) -> Any:
        """The engine attaches to a provider that runs already."""
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Nothing here takes long enough to be cancelled."""
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Take the provider's settings as they are."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """A change of the provider's settings replaces nothing by itself."""
        return _changes(differences(request.old_inputs, request.news), frozenset())

    def Configure(self, request: Any, context: Any) -> Any:
        """Learn account, region and default tags."""
        settings = {name: _decoded(text) for name, text in plain_struct(request.args).items()}
        accounts = settings.get("allowedAccountIds") or [UNSET_ACCOUNT]
        self._place = Place(
            account_id=str(accounts[0]), region=str(settings.get("region") or "us-east-1")
        )
        self._default_tags = (settings.get("defaultTags") or {}).get("tags", {})
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        """Refuse: there is no account that could be asked."""
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            f"the stand-in answers no look-up ({request.tok}): pass account facts in",
        )

    def Check(self, request: Any, context: Any) -> Any:
        """Fill in the name and the default tags, and refuse what AWS would refuse."""
        kind = kind_of(request.type)
        inputs = copy_of(request.news)
        self._fill_name(kind, request, inputs)
        if kind.has_tags and self._default_tags:
            own = plain_struct(inputs).get("tags") or {}
            put(inputs, {"tags": {**self._default_tags, **own}})
        failures = [
            provider_pb2.CheckFailure(property=each.property, reason=each.reason)
            for each in check(request.type, plain_struct(inputs))
        ]
        return provider_pb2.CheckResponse(inputs=inputs, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare the inputs of last time with the new ones."""
        kind = kind_of(request.type)
        new = plain_struct(request.news)
        answer = _changes(differences(request.old_inputs, request.news), _forcing(kind, new))
        # Two of one fixed name cannot exist at once.
        if answer.replaces and kind.named_by:
            old = plain_struct(request.old_inputs)
            same = old.get(kind.named_by) == new.get(kind.named_by)
            answer.deleteBeforeReplace = same and kind.named_by not in new.get(DEFAULTS, [])
        return answer

    def Create(self, request: Any, context: Any) -> Any:
        """Invent what AWS would; in a preview it stays unknown."""
        properties = self._with_tags(request.properties)
        if request.preview:
            put(properties, dict.fromkeys(_missing(request.type, properties), UNKNOWN))
            return provider_pb2.CreateResponse(id="", properties=properties)
        id_, outputs = fake_outputs(
            request.type,
            self.cloud.identity(request.urn),
            plain_struct(properties),
            self._place,
        )
        put(properties, outputs)
        self._try(context, lambda: self.cloud.create(request.type, id_, request.urn))
        return provider_pb2.CreateResponse(id=id_, properties=properties)

    def Read(self, request: Any, context: Any) -> Any:
        """The resource as the state has it, or nothing where it is gone."""
        if not self.cloud.has(request.type, request.id):
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Update(self, request: Any, context: Any) -> Any:
        """Take the new inputs, keep what AWS made up, count versions."""
        kind = kind_of(request.type)
        properties = self._with_tags(request.news)
        old = plain_struct(request.olds)
        kept = {name: old.get(name) for name in computed_names(request.type)}
        changed = [
            each
            for each in differences(request.old_inputs, request.news)
            if each.plain_path.split(".")[0] not in _TAGS
        ]
        for name in kind.counters if changed else ():
            kept[name] = UNKNOWN if request.preview else (old.get(name) or 0) + 1
        put(properties, {name: value for name, value in kept.items() if name not in properties})
        if not request.preview:
            self._try(context, lambda: self.cloud.update(request.type, request.id))
        return provider_pb2.UpdateResponse(properties=properties)

    def Delete(self, request: Any, context: Any) -> Any:
        """Forget the resource."""
        self._try(context, lambda: self.cloud.delete(request.type, request.id))
        return Empty()

    def _try(self, context: Any, call: Any) -> None:
        try:
            call()
        except CloudError as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))

    def _fill_name(self, kind: Kind, request: Any, inputs: Struct) -> None:
        prefix = f"{kind.named_by}Prefix"
        if not kind.named_by or kind.named_by in inputs or prefix in inputs:
            return
        old = plain_struct(request.olds).get(kind.named_by)
        digits = hashlib.sha256(request.randomSeed or request.urn.encode()).hexdigest()
        made = f"{request.name}-{digits[:_NAME_DIGITS]}"
        put(inputs, {kind.named_by: old or made, DEFAULTS: [kind.named_by]})

    def _with_tags(self, inputs: Struct) -> Struct:
        properties = copy_of(inputs)
        tags = plain_struct(inputs).get("tags")
        if isinstance(tags, dict):
            put(properties, {"tagsAll": tags})
        return properties


def _forcing(kind: Kind, inputs: Mapping[str, Any]) -> frozenset[str]:
    """Paths whose change makes a new resource, given its inputs."""
    when = {name for name, condition in kind.replaces_when.items() if inputs.get(condition)}
    return kind.replaces | when


def _changes(found: list[Difference], forcing: frozenset[str]) -> Any:
    """What the engine wants to know of changes; a forced one replaces the resource."""
    kinds = provider_pb2.PropertyDiff
    named = {
        Change.ADDED: (kinds.ADD, kinds.ADD_REPLACE),
        Change.DELETED: (kinds.DELETE, kinds.DELETE_REPLACE),
        Change.UPDATED: (kinds.UPDATE, kinds.UPDATE_REPLACE),
    }
    forced = {
        each.path
        for each in found
        if any(
            each.plain_path == path or each.plain_path.startswith(f"{path}.") for path in forcing
        )
    }
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if found else none,
        diffs=sorted({each.plain_path.split(".")[0] for each in found}),
        replaces=sorted(forced),
        hasDetailedDiff=True,
        detailedDiff={
            each.path: provider_pb2.PropertyDiff(
                kind=named[each.change][each.path in forced], inputDiff=True
            )
            for each in found
        },
    )


def _missing(token: str, properties: Struct) -> list[str]:
    return [name for name in computed_names(token) if name not in properties]


def _decoded(value: Any) -> Any:
    """Settings of a provider arrive as JSON text, simple ones as they are."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
