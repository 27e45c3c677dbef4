"""The OpenAPI page against the running gateway: generated requests, good and bad.

Every answer must be one that the page describes, with a body of the described shape; none may be a
server error, and none may hold a traceback.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from infra.gateway.openapi import openapi_document
from infra.gateway.routes import ROUTES, RouteSpec
from tests.contract.gateway.processes import ALL_KEY, RunningGateway, bearer

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

WITH_BODY = [route for route in ROUTES if route.request is not None]
MODEL = "BAAI/bge-m3"
RAW_BODIES = [
    b"",
    b"{",
    b"\xff\xfe",
    b'{"query": "\xd0"}',
    b'{"query": "\\ud800"}',
    b'{"query": NaN}',
    b"[" * 100_000 + b"]" * 100_000,
    b'{"query":' * 5000 + b"1" + b"}" * 5000,
    b'{"deadline_ms": 1' + b"0" * 5000 + b"}",
    b'{"query": "a"} {"query": "b"}',
    b"null",
    b"[]",
]
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
HELD = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ]
)
REFUSES_WHAT_BREAKS_IT = CHECKS.get_by_names(["negative_data_rejection"])
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_generated_bodies_never_break_it(
    gateway: RunningGateway, route: RouteSpec, mode: GenerationMode
) -> None:
    """Bodies that follow the page, and bodies that break it in one place."""
    strategy = SCHEMA[route.path][route.method].as_strategy(generation_mode=mode)

    @given(case=strategy)
    @EXAMPLES
    def check(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            # A deadline too short for the machine gets 504, as it should.
            case.body.pop("deadline_ms", None)
            # Any name follows the page; only a served one gets past the name.
            case.body |= {"model": MODEL} if route.name == "embeddings" else {}
            if route.name in {"rerank", "tokenize"}:
                case.body.pop("model", None)
        response = case.call(base_url=gateway.address, headers=bearer(ALL_KEY), timeout=20)
        case.validate_response(response, checks=HELD)
        assert b"Traceback" not in response.content
        # A body over the limit is refused unread, whatever it holds.
        if mode is GenerationMode.NEGATIVE and response.status_code != 413:
            case.validate_response(response, checks=REFUSES_WHAT_BREAKS_IT)

    check()


@pytest.mark.parametrize("body", RAW_BODIES, ids=lambda body: repr(body[:20]))
def test_bodies_that_are_no_json_get_400(gateway: RunningGateway, body: bytes) -> None:
    """What no generator of JSON makes: broken text, deep nests, numbers out of range."""
    headers = bearer(ALL_KEY) | {"content-type": "application/json"}
    for route in WITH_BODY:
        url = gateway.address + route.path
        response = requests.post(url, data=body, headers=headers, timeout=20)
        assert response.status_code == 400, (route.path, response.text[:300])
        assert response.json()["error"]["remedy"]
