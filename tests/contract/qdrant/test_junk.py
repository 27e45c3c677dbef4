"""No request body is a server error: recorded bodies, damaged in thousands of ways."""

from __future__ import annotations

import copy
import http.client
import json
from typing import Any

import numpy as np
import pytest

from tests.contract.qdrant.replay import Case, load_cases
from tests.contract.qdrant.server import Server

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

SEED = 31
REQUESTS = 2000
JUNK: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 2**63, 2**64, -(2**63), 10**25, 1e39, "", "x", "абв", "a[",
    "$score", [], {}, [1], ["a"], [[1]], [[]], [None], {"a": 1}, {"key": "a"}, [1, 2, 3, 4],
    {"nearest": [1, 2, 3, 4]}, {"indices": [1], "values": [1.0]}, {"text": "x", "model": "bm25"},
)  # fmt: skip
FIELDS = ("must", "filter", "points", "query", "vector", "limit", "with_payload", "unknown")


def test_damaged_bodies_are_refused_or_served(server: Server) -> None:
    """Every answer is JSON with a status below 500, but for a model that nobody serves."""
    numbers = np.random.default_rng(SEED)
    cases = [case for case in load_cases("default") if "body" in case.record["request"]]
    cases = [case for case in cases if "$vec1024" not in json.dumps(case.record["request"])]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for at in range(REQUESTS):
        case = cases[int(numbers.integers(len(cases)))]
        # Every third body is sent as recorded, so that there is something to damage.
        body = recorded_body(case) if at % 3 == 0 else damaged(recorded_body(case), numbers)
        request = case.record["request"]
        connection.request(request["method"], request["path"], body=json.dumps(body))
        response = connection.getresponse()
        answer = json.loads(response.read())
        error = answer.get("status", {}) if response.status >= 500 else {}
        expected = ("InferenceService", "not in the local target")
        told = error.get("error", "") if isinstance(error, dict) else ""
        assert not error or any(word in told for word in expected), (SEED, at, case.id, body, told)
    connection.close()


def recorded_body(case: Case) -> Any:
    return copy.deepcopy(case.record["request"]["body"])


def damaged(body: Any, numbers: np.random.Generator) -> Any:
    """The body with one value replaced, removed or added anywhere in it."""
    places = list(containers(body))
    if not places:
        return JUNK[int(numbers.integers(len(JUNK)))]
    place = places[int(numbers.integers(len(places)))]
    junk = JUNK[int(numbers.integers(len(JUNK)))]
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    key = keys[int(numbers.integers(len(keys)))]
    action = numbers.random()
    if isinstance(place, dict) and action < 0.2:
        del place[key]
    elif isinstance(place, dict) and action < 0.35:
        place[FIELDS[int(numbers.integers(len(FIELDS)))]] = junk
    else:
        place[key] = junk
    return body


def containers(value: Any) -> list[Any]:
    """Every non-empty map and list inside the value, itself first."""
    if not isinstance(value, dict | list) or not value:
        return []
    inner = list(value.values()) if isinstance(value, dict) else value
    return [value, *(found for item in inner for found in containers(item))]
