"""Secrets under the strict monitor: what is written where, and that no value is in plain text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest

from infra.components.aws.account import Account
from infra.components.aws.handles import SecretsHandles
from infra.components.aws.random_key import KEY_BYTES, RandomKeyProvider
from infra.components.aws.secrets import Secrets
from infra.gateway.keys import KeysFile
from infra.local.qdrant.access import Keys, authenticate
from infra.plans.account import plan_account
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.secrets import KeyKind, KeyVersions, SecretsPlan, plan_secrets
from tests.program import harness
from tests.program.harness import UNKNOWN, Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

KEY = "pulumi-python:dynamic/retrieval:RandomKey"
PARAMETER = "aws:ssm/parameter:Parameter"


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Values that random keys get in an update, by the resource's name."""
    values: dict[str, str] = {}
    honest: Callable[..., tuple[str, dict[str, Any]]] = harness.fake_outputs

    def fake(token: str, identity: str, *rest: Any) -> tuple[str, dict[str, Any]]:
        if token != KEY:
            return honest(token, identity, *rest)
        values[identity] = f"{harness.PLANTED_SECRET}-{identity}"
        return f"key-{identity}", {"value": values[identity]}

    monkeypatch.setattr(harness, "fake_outputs", fake)
    return values


def register(
    *,
    preview: bool,
    own_key: bool = True,
    versions: Mapping[KeyKind, KeyVersions] | None = None,
    see: Callable[[SecretsHandles], None] | None = None,
) -> Registered:
    """Run the component of a stack named prod."""
    settings = aws_settings(aws={"customer_key": own_key}, store={"collection": "lessons"})
    names = names_of(settings.aws, stack="prod")
    plan: SecretsPlan = plan_secrets(settings, names, versions)

    def build() -> None:
        opts = provider_options()
        account = Account("account", plan_account(settings, sample_facts(), names), opts=opts)
        secrets = Secrets("secrets", plan, account=account.handles, opts=opts)
        if see is not None:
            see(secrets.handles)

    return run_component(build, preview=preview)


def test_every_value_is_a_secret(preview: bool) -> None:
    """Each parameter is a SecureString under the stack's key, its value never in plain text."""
    made = register(preview=preview)
    parameters = made.of(PARAMETER)
    assert len(parameters) == 8
    for parameter in parameters:
        assert parameter.inputs["type"] == "SecureString"
        # What is not known yet is no secret yet.
        assert parameter.secrets == (set() if preview else {"value"})
        assert parameter.inputs["name"].startswith("/retrieval/prod/")
        assert made.needs(parameter, made.one("aws:kms/key:Key"))
    for key in made.of(KEY):
        assert key.additional_secret_outputs == ("value",)
        assert "value" not in key.inputs


def test_without_a_key_of_its_own(preview: bool) -> None:
    """AWS's own key encrypts where the stack has none."""
    made = register(preview=preview, own_key=False)
    assert not made.of("aws:kms/key:Key")
    assert all("keyId" not in parameter.inputs for parameter in made.of(PARAMETER))


def test_unknown_in_a_preview() -> None:
    """Nothing is drawn before `up`."""
    made = register(preview=True)
    assert {parameter.inputs["value"] for parameter in made.of(PARAMETER)} == {UNKNOWN}


def test_clients_file_is_the_gateways(drawn: Mapping[str, str]) -> None:
    """The gateway reads the parameter as its file of clients: hashes of keys, two while moving."""
    made = register(preview=False, versions={KeyKind.OPERATOR: KeyVersions(current=2, previous=1)})
    text = made.named("secrets-gateway-clients").inputs["value"]
    clients = {key.name: key for key in KeysFile.model_validate(json.loads(text)).keys}
    assert list(clients) == [
        "operator_key_v2",
        "operator_key_v1",
        "application_key_v1",
        "agent_key_v1",
    ]
    for name, client in clients.items():
        value = drawn[f"secrets-gateway-{name.replace('_', '-')}"]
        assert client.sha256 == hashlib.sha256(value.encode()).hexdigest()
        assert value not in text
    assert (
        made.named("secrets-gateway-operator-key").inputs["value"]
        == (drawn["secrets-gateway-operator-key-v2"])
    )


def test_search_token_opens_what_is_searched(drawn: Mapping[str, str]) -> None:
    """The store takes the token for reading behind the aliases of searches, for nothing else."""
    made = register(preview=False)
    token = made.named("secrets-qdrant-search-token").inputs["value"]
    admin = drawn["secrets-qdrant-api-key-v1"]
    assert jwt.decode(token, admin, algorithms=["HS256"]) == {
        "access": [
            {"collection": "lessons", "access": "r"},
            {"collection": "lessons.previous", "access": "r"},
        ]
    }
    access = authenticate({"api-key": token}, Keys(admin=admin, jwt_rbac=True), lambda *_: True)
    access.require_read("lessons")
    assert access.global_level is None
    assert access.collections == {"lessons": "r", "lessons.previous": "r"}


def test_rotation_makes_one_key_more(preview: bool) -> None:
    """The old key's resource stays as it is beside the new one."""
    before = {key.name for key in register(preview=preview).of(KEY)}
    during = {
        key.name
        for key in register(
            preview=preview,
            versions={KeyKind.APPLICATION: KeyVersions(current=2, previous=1)},
        ).of(KEY)
    }
    assert during - before == {"secrets-gateway-application-key-v2"}
    assert before <= during


def test_outputs_are_names_only(preview: bool) -> None:
    """What the component hands on and shows are names and ARNs."""
    seen: list[SecretsHandles] = []
    made = register(preview=preview, see=seen.append)
    (handles,) = seen
    assert set(handles.parameter_arns) == set(handles.parameter_names)
    assert len(handles.parameters) == len(handles.parameter_names)
    shown = made.outputs[made.one("retrieval:aws:Secrets").urn]
    assert shown == {"parameter_names": handles.parameter_names}


def test_random_key_provider() -> None:
    """Two keys differ, each has 256 bits, and nothing ever changes one."""
    provider = RandomKeyProvider()
    first, second = provider.create({}), provider.create({})
    assert first.outs
    assert second.outs
    assert first.outs["value"] != second.outs["value"]
    assert len(first.outs["value"]) == -(-KEY_BYTES * 4 // 3)
    assert first.outs["value"] not in first.id
    assert provider.diff(first.id, first.outs, {"value": None, "more": 1}).changes is False
    kept = provider.update(first.id, first.outs, {})
    assert kept.outs == {"value": first.outs["value"]}
