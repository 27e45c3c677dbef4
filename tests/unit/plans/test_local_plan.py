"""The local plan: processes on loopback, secrets by name, one change touches one service."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from infra.plans.local import LOOPBACK, LocalFacts, LocalPlan, local_folder, plan_local
from infra.settings import (
    DesignPoint,
    LocalSettings,
    RerankSettings,
    StackSettings,
    StoreSettings,
    Target,
)

FACTS = LocalFacts(
    folder=PurePosixPath("/srv/stack"),
    python=PurePosixPath("/srv/venv/bin/python"),
    code_versions={"gateway": "g1", "tei": "t1", "qdrant": "q1"},
)


def plan(**changes: object) -> LocalPlan:
    """A plan of default settings with some groups replaced."""
    return plan_local(StackSettings.model_validate({"target": Target.LOCAL, **changes}), FACTS)


def test_every_service_listens_on_loopback_only() -> None:
    """No service of the local target is reachable from another machine."""
    for service in plan().services:
        flag = "--hostname" if "--hostname" in service.arguments else "--host"
        assert service.arguments[service.arguments.index(flag) + 1] == LOOPBACK
        assert str(service.port) in service.arguments


def test_a_service_comes_after_those_that_it_calls() -> None:
    """A gateway is never pointed at a server that could not be changed."""
    seen: set[str] = set()
    for service in plan().services:
        assert set(service.after) <= seen
        seen.add(service.name)
    assert plan().gateway.after == ("embed", "rerank", "qdrant")


def test_secrets_are_names_not_values() -> None:
    """The plan tells where a secret is kept and never what it is."""
    assert plan().secret_names == {
        "gateway_application_key": "file:/srv/stack/keys/gateway_application_key",
        "gateway_operator_key": "file:/srv/stack/keys/gateway_operator_key",
        "qdrant_api_key": "file:/srv/stack/keys/qdrant_api_key",
        "qdrant_read_only_api_key": "file:/srv/stack/keys/qdrant_read_only_api_key",
        "tei_api_key": "file:/srv/stack/keys/tei_api_key",
    }


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"rerank": RerankSettings(max_client_batch_size=16)}, {"gateway", "rerank"}),
        ({"local": LocalSettings(qdrant_port=17000)}, {"gateway", "qdrant"}),
        ({"local": LocalSettings(stop_grace_s=5)}, {"gateway", "embed", "rerank", "qdrant"}),
        ({"store": StoreSettings(rescore=False)}, {"gateway"}),
        ({"design_point": DesignPoint(p90_ms=500)}, set[str]()),
    ],
)
def test_a_change_touches_only_its_services(change: dict[str, object], touched: set[str]) -> None:
    """A setting restarts the services that use it and no other."""
    before, after = plan(), plan(**change)
    differing = {
        old.name for old, new in zip(before.services, after.services, strict=True) if old != new
    }
    assert differing == touched


def test_the_embed_server_is_told_how_to_pool() -> None:
    """By the flag that the real server has; the reranker has no pooling."""
    embed = {"pooling": "mean", "sparse_head": "head.pt"}
    for given, pooling in (
        (plan(), "cls"),
        (plan(embed=embed, store=StoreSettings(sparse="m3")), "mean"),
    ):
        arguments = given.embed.arguments
        assert arguments[arguments.index("--pooling") + 1] == pooling
        assert "--pooling" not in given.rerank.arguments


def test_new_code_restarts_what_it_belongs_to() -> None:
    """A new fingerprint of the store's code changes the store alone."""
    facts = LocalFacts(
        folder=FACTS.folder,
        python=FACTS.python,
        code_versions={**FACTS.code_versions, "qdrant": "q2"},
    )
    after = plan_local(StackSettings(target=Target.LOCAL), facts)
    before = plan()
    assert after.qdrant != before.qdrant
    assert (after.embed, after.rerank) == (before.embed, before.rerank)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("", "/p/.retrieval/stacks/s"),
        ("data", "/p/data"),
        ("/srv/data", "/srv/data"),
    ],
)
def test_the_folder_follows_the_setting(chosen: str, expected: str) -> None:
    """Default, relative to the project, absolute."""
    settings = StackSettings(target=Target.LOCAL, local=LocalSettings(folder=chosen))
    folder = local_folder(settings, project_root=PurePosixPath("/p"), stack="s")
    assert folder == PurePosixPath(expected)
