"""`/metrics` against what was recorded before and after the same traffic."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.contract.tei.doubles import double
from tests.contract.tei.recorded_cases import Case, claimed, plain_cases
from tests.contract.tei.serving import Client, running

pytestmark = pytest.mark.contract

# Bodies of this many bytes and more are left out of the replayed traffic: they add no new name.
_LARGE_BODY_BYTES = 100_000


@contextmanager
def fresh_server(case: Case) -> Generator[Client]:
    """A server that has answered nothing yet."""
    with running(case.server, double(case.server.model)) as port:
        client = Client(port)
        yield client
        client.close()


def replay(client: Client, server_key: str) -> None:
    """The recorded traffic of one server."""
    for case in plain_cases():
        body = case.body()
        if case.server.key == server_key and "head" not in case.response:
            if case.request["path"] == "/metrics" or len(body or b"") >= _LARGE_BODY_BYTES:
                continue
            if "status" in case.response:
                client.send(
                    case.request["method"],
                    case.request["path"],
                    headers=case.headers(),
                    body=body,
                )


def test_metrics_are_empty_before_the_first_inference_call() -> None:
    """Probes and refused calls touch no metric, so alerts must handle an absent name."""
    case = claimed()["metrics.before_first_request"]
    with fresh_server(case) as client:
        client.send("GET", "/health")
        client.send("POST", "/embed")
        reply = client.send(case.request["method"], case.request["path"])
    assert (reply.status, reply.body) == (200, b"")
    assert reply.header("content-type") == case.response["headers"]["content-type"]


@pytest.mark.parametrize("name", ["metrics.embed_after_traffic", "metrics.rerank_after_traffic"])
def test_names_types_labels_and_buckets_after_the_recorded_traffic(name: str) -> None:
    """The same traffic gives the same names, types, label values and histogram buckets."""
    case = claimed()[name]
    with fresh_server(case) as client:
        replay(client, case.server.key)
        text = client.send("GET", "/metrics").body.decode()
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    recorded = case.response["metrics"]
    assert types == {metric: shape["type"] for metric, shape in recorded.items()}
    assert text.count("# HELP") == case.response["help_lines"]
    for metric, shape in recorded.items():
        if shape["type"] == "histogram":
            check_buckets(metric, shape["buckets"], text)
        else:
            labels = re.findall(rf"^{metric}(?:{{(.*)}})? \d+$", text, re.MULTILINE)
            assert sorted(label for label in labels if label) == shape["labels"]


def test_counters_after_one_single_predict() -> None:
    """A single call counts twice as received and never as a success, as in TEI."""
    case = claimed()["metrics.one_single_predict"]
    with fresh_server(case) as client:
        client.post_json("/predict", '{"inputs": "a"}')
        text = client.send("GET", "/metrics").body.decode()
    counted = set(
        re.findall(r"^(?!#)\S*(?:_count|_success|_size)(?:{.*})? \d+$", text, re.MULTILINE)
    )
    assert set(case.response["counter_lines"]) <= counted
    assert not any(line.startswith("te_request_success") for line in counted)


def check_buckets(metric: str, recorded: list[str] | dict[str, object], text: str) -> None:
    """Bucket bounds in order; long recorded lists show their first and last ones."""
    bounds = re.findall(rf'^{metric}_bucket{{le="(.*)"}} \d+$', text, re.MULTILINE)
    if isinstance(recorded, list):
        assert bounds == recorded
    else:
        assert len(bounds) == recorded["count"]
        assert bounds[:3] == recorded["first"]
        assert bounds[-3:] == recorded["last"]
    counts = re.findall(rf'^{metric}_bucket{{le="\+Inf"}} (\d+)$', text, re.MULTILINE)
    assert counts == re.findall(rf"^{metric}_count (\d+)$", text, re.MULTILINE)
