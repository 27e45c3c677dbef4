"""Keys and parameters: names, readers, and two versions side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.gateway.keys import Scope
from infra.pipeline.collection import PREVIOUS_SUFFIX
from infra.plans.naming import Role, names_of
from infra.plans.secrets import (
    CLIENT_SCOPES,
    GATEWAY_CLIENTS,
    QDRANT_PREVIOUS_KEY,
    QDRANT_SEARCH_TOKEN,
    KeyKind,
    KeyVersions,
    SecretsPlan,
    Source,
    plan_secrets,
)
from tests.unit.plans.aws_stacks import aws_settings

SETTINGS = aws_settings(store={"collection": "lessons"})
NAMES = names_of(SETTINGS.aws, stack="prod")

overlapping = st.sampled_from([*CLIENT_SCOPES, KeyKind.QDRANT_ADMIN])
versions = st.integers(1, 50).flatmap(
    lambda current: st.builds(
        KeyVersions,
        current=st.just(current),
        previous=st.none() | st.integers(1, 50).filter(lambda each: each != current),
    )
)


def planned(wanted: dict[KeyKind, KeyVersions] | None = None) -> SecretsPlan:
    """Secrets of a stack named prod."""
    return plan_secrets(SETTINGS, NAMES, wanted)


def test_parameters_of_a_new_stack() -> None:
    """Names are those of the local target where it has the same key; paths hold the stack."""
    assert planned().names == {
        "gateway_operator_key": "/retrieval/prod/gateway/operator-key",
        "gateway_application_key": "/retrieval/prod/gateway/application-key",
        "gateway_agent_key": "/retrieval/prod/gateway/agent-key",
        "tei_api_key": "/retrieval/prod/tei/key",
        "qdrant_api_key": "/retrieval/prod/qdrant/admin-key",
        "qdrant_read_only_api_key": "/retrieval/prod/qdrant/read-only-key",
        "gateway_clients": "/retrieval/prod/gateway/clients",
        "qdrant_search_token": "/retrieval/prod/qdrant/search-token",
    }


def test_who_reads_what() -> None:
    """The search path never holds Qdrant's admin key; clients' keys are on no host at all."""
    plan = planned()
    by_path = {path: name for name, path in plan.names.items()}
    gpu = {by_path[path] for path in plan.paths_for(Role.PRIMARY)}
    store = {by_path[path] for path in plan.paths_for(Role.VECTOR_STORE)}
    assert gpu == {"gateway_agent_key", "tei_api_key", GATEWAY_CLIENTS, QDRANT_SEARCH_TOKEN}
    assert store == {"qdrant_api_key", "qdrant_read_only_api_key"}
    assert {by_path[path] for path in plan.paths_for(Role.STANDBY)} == gpu
    both = {by_path[path] for path in plan.paths_for(Role.PRIMARY, Role.VECTOR_STORE)}
    assert both == gpu | store


def test_scopes_are_the_gateways() -> None:
    """What clients may do is said in words that the gateway knows."""
    known = {scope.value for scope in Scope}
    assert {scope for client in planned().clients for scope in client.scopes} == known


def test_token_opens_what_is_searched() -> None:
    """The gateway's token reads behind the two aliases of searches, signed by the admin key."""
    plan = planned()
    assert plan.search_access == (
        {"collection": "lessons", "access": "r"},
        {"collection": f"lessons{PREVIOUS_SUFFIX}", "access": "r"},
    )
    token = next(each for each in plan.parameters if each.source is Source.TOKEN)
    assert token.key is not None
    assert token.key.kind is KeyKind.QDRANT_ADMIN


def test_rotation() -> None:
    """Both versions are valid for the gateway; the parameter holds the new one."""
    plan = planned({KeyKind.APPLICATION: KeyVersions(current=2, previous=1)})
    valid = [client.name for client in plan.clients if "application" in client.name]
    assert valid == ["application_key_v2", "application_key_v1"]
    held = next(each for each in plan.parameters if each.name == "gateway_application_key")
    assert held.key is not None
    assert held.key.version == 2
    old = {key.child for key in planned().keys}
    assert {key.child for key in plan.keys} - old == {"gateway-application-key-v2"}
    after = planned({KeyKind.APPLICATION: KeyVersions(current=2)})
    assert "gateway-application-key-v1" not in {key.child for key in after.keys}


def test_rotation_of_the_admin_key() -> None:
    """Qdrant takes the old admin key as its second one until callers have moved."""
    plan = planned({KeyKind.QDRANT_ADMIN: KeyVersions(current=3, previous=2)})
    previous = next(each for each in plan.parameters if each.name == QDRANT_PREVIOUS_KEY)
    assert previous.key is not None
    assert previous.key.version == 2
    assert previous.path in plan.paths_for(Role.VECTOR_STORE)
    token = next(each for each in plan.parameters if each.source is Source.TOKEN)
    assert token.key is not None
    assert token.key.version == 3


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({KeyKind.TEI: KeyVersions(current=2, previous=1)}, "one key only"),
        ({KeyKind.OPERATOR: KeyVersions(current=1, previous=1)}, "another"),
        ({KeyKind.OPERATOR: KeyVersions(current=0)}, "count from 1"),
    ],
)
def test_impossible_versions(wanted: dict[KeyKind, KeyVersions], word: str) -> None:
    """What a server could not hold is refused with the way out."""
    with pytest.raises(PlanError, match=word):
        planned(wanted)


@given(wanted=st.dictionaries(overlapping, versions))
def test_everything_has_one_name(wanted: dict[KeyKind, KeyVersions]) -> None:
    """Whatever versions are valid: no two children, paths or clients share a name."""
    plan = planned(wanted)
    children = [each.child for each in (*plan.keys, *plan.parameters)]
    assert len(set(children)) == len(children)
    assert len(set(plan.names.values())) == len(plan.parameters)
    clients = [client.name for client in plan.clients]
    assert len(set(clients)) == len(clients)
    assert {each.key for each in plan.parameters if each.key} <= set(plan.keys)
