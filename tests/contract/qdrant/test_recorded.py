"""Every recorded answer of Qdrant 1.19.0 is either given here too, or listed with the reason."""

from __future__ import annotations

import pytest

from infra.local.qdrant.errors import not_served
from tests.contract.qdrant.conftest import Replayed
from tests.contract.qdrant.replay import SERVERS, Case, load_cases, load_list, problems

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

RECORDED_REQUESTS = 707
CLAIMED_REQUESTS = 631
"""Requests answered as recorded; a change of this number is a decision, not an accident."""

CASES = [case for server in SERVERS for case in load_cases(server)]
UNCLAIMED = load_list("unclaimed.json")
IGNORED = load_list("ignored.json")


def named(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("case", [c for c in CASES if c.id not in UNCLAIMED], ids=named)
def test_answer_is_as_recorded(case: Case, replayed: Replayed) -> None:
    """Status, listed headers and body are those of the real server."""
    ignored = frozenset(IGNORED.get(case.id, {}).get("fields", ()))

    assert problems(case, replayed(case.server)[case.id], ignored) == []


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.id in UNCLAIMED and c.is_request], ids=named
)
def test_unclaimed_answer_is_as_listed(case: Case, replayed: Replayed) -> None:
    """A case that is not claimed answers the listed status, and 501 names what is missing."""
    answer = replayed(case.server)[case.id]

    assert answer.status == UNCLAIMED[case.id]["answers"]
    if answer.status == 501:
        assert answer.body["status"]["error"].startswith(not_served("").text)


def test_no_case_is_silently_dropped() -> None:
    """Claimed and unclaimed cases are all there are, in the stated numbers."""
    requests = [case.id for case in CASES if not case.setup]

    assert len(requests) == len(set(requests)) == RECORDED_REQUESTS
    assert len(set(requests) - set(UNCLAIMED)) == CLAIMED_REQUESTS


def test_lists_name_recorded_cases_with_reasons() -> None:
    """Each entry of the two lists is a recorded case and says why it is there."""
    ids = {case.id for case in CASES}

    assert set(UNCLAIMED) | set(IGNORED) <= ids
    assert set(UNCLAIMED).isdisjoint(IGNORED)
    assert all(entry["why"] for entry in [*UNCLAIMED.values(), *IGNORED.values()])


def test_metrics_are_a_subset_of_the_recorded_names(replayed: Replayed) -> None:
    """Whatever /metrics prints has the name and type that the real server gives it."""
    case = next(case for case in CASES if case.id == "svc.metrics.after")
    text = replayed("default")[case.id].body
    lines = [line.split()[2:] for line in text.splitlines() if line.startswith("# TYPE")]

    assert {f"{name} {kind}" for name, kind in lines} < set(case.record["response"]["body"])
