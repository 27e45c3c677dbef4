"""Asks each service of a deployment how it is. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import requests
from rich.table import Table
from rich.text import Text

from scripts.deployment import Deployment

KEY_OF = {"gateway": "gateway_operator_key", "qdrant": "qdrant_api_key"}
"""Secret that each service wants, where it is not the key of the model servers."""

_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceHealth:
    """One service: whether it answers, and what it says of itself."""

    name: str
    url: str
    healthy: bool
    says: str


def probe(deployment: Deployment) -> list[ServiceHealth]:
    """Health of every service that has an endpoint; a dead one is a finding, never an error."""
    endpoints = deployment.endpoints
    asks: list[tuple[str, str | None, Callable[[requests.Session, str], str]]] = [
        ("gateway", endpoints.gateway, _ask_gateway),
        ("embed", endpoints.embed, _ask_tei),
        ("rerank", endpoints.rerank, _ask_tei),
        ("qdrant", endpoints.qdrant, _ask_qdrant(deployment.settings.store.collection)),
    ]
    found: list[ServiceHealth] = []
    with requests.Session() as session:
        session.trust_env = False  # no proxy between us and a private address
        for name, url, ask in asks:
            if url is None:
                continue
            key = KEY_OF.get(name, "tei_api_key")
            session.headers["Authorization"] = f"Bearer {deployment.secrets.get(key, '')}"
            try:
                says = ask(session, url)
                found.append(ServiceHealth(name=name, url=url, healthy=True, says=says))
            except (requests.RequestException, ValueError, KeyError) as problem:
                found.append(ServiceHealth(name=name, url=url, healthy=False, says=_short(problem)))
    return found


def status_table(stack: str, found: list[ServiceHealth]) -> Table:
    """What runs where, as people read it."""
    table = Table(title=f"stack {stack}", title_justify="left")
    for column in ("service", "state", "address", "says"):
        table.add_column(column, overflow="fold")
    for service in found:
        state = Text("up", "green") if service.healthy else Text("down", "bold red")
        table.add_row(service.name, state, service.url, service.says)
    return table


def _ask_gateway(session: requests.Session, url: str) -> str:
    answer = session.get(f"{url}/readyz", timeout=_TIMEOUT_S)
    if answer.status_code == 503:
        return f"waits: {answer.text[:200]}"
    answer.raise_for_status()
    models = ", ".join(model["id"] for model in _get(session, f"{url}/v1/models").json()["data"])
    return f"ready; serves search and {models}"


def _ask_tei(session: requests.Session, url: str) -> str:
    _get(session, f"{url}/health")
    info = _get(session, f"{url}/info").json()
    return (
        f"{info['model_id']} (TEI contract {info['version']}, "
        f"{info['docker_label'] or info['model_dtype']})"
    )


def _ask_qdrant(collection: str) -> Callable[[requests.Session, str], str]:
    def ask(session: requests.Session, url: str) -> str:
        version = _get(session, f"{url}/").json()["version"]
        answer = session.get(f"{url}/collections/{collection}", timeout=_TIMEOUT_S)
        if answer.status_code == 404:
            return f"Qdrant {version}, nothing indexed yet"
        answer.raise_for_status()
        result = answer.json()["result"]
        return (
            f"Qdrant {version}, {result['points_count']} passages in "
            f"{collection} ({result['status']})"
        )

    return ask


def _get(session: requests.Session, url: str) -> requests.Response:
    answer = session.get(url, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return answer


def _short(problem: Exception) -> str:
    if isinstance(problem, requests.ConnectionError):
        return "no answer (connection refused)"
    if isinstance(problem, requests.HTTPError) and problem.response.status_code in {401, 403}:
        return "answers, but refuses this stack's key"
    if isinstance(problem, requests.Timeout):
        return f"no answer in {_TIMEOUT_S:g} s"
    return str(problem) or type(problem).__name__
