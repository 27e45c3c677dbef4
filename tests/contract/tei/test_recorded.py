"""Every recorded call whose answer the local servers claim to give, replayed over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.tei.comparing import check_reply
from tests.contract.tei.recorded_cases import (
    RECORDED,
    Case,
    ServerUnderTest,
    claimed,
    plain_cases,
    unclaimed,
)
from tests.contract.tei.serving import Client, raw_exchange

pytestmark = pytest.mark.contract

CLAIMED = 406
# Recorded as a conversation, not as one answer.
_CONTINUE = "embed.expect_100_continue"


def test_every_recorded_case_is_claimed_or_listed_with_a_reason() -> None:
    """No recorded case is left out silently, and the number of claimed ones is known."""
    assert len(claimed()) == CLAIMED
    assert not set(claimed()) & set(unclaimed())
    assert len(claimed()) + len(unclaimed()) == RECORDED
    assert all(unclaimed().values())


@pytest.mark.parametrize(
    "case", [case for case in plain_cases() if case.name != _CONTINUE], ids=lambda case: case.name
)
def test_answer_is_as_recorded(case: Case, client_of: Callable[[ServerUnderTest], Client]) -> None:
    """Status, headers in order, error text and structure are those of the real server."""
    client = client_of(case.server)
    reply = client.send(
        case.request["method"], case.request["path"], headers=case.headers(), body=case.body()
    )
    check_reply(case, reply)


def test_expect_100_continue_is_answered_before_the_body(
    client_of: Callable[[ServerUnderTest], Client],
) -> None:
    """The interim answer comes, then the real one."""
    case = claimed()[_CONTINUE]
    received = raw_exchange(
        client_of(case.server).port,
        b"POST /embed HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n"
        b'content-type: application/json\r\ncontent-length: 14\r\n\r\n{"inputs":"a"}',
    ).decode()
    interim, _, rest = received.partition("\r\n\r\n")
    assert interim == case.response["first_line"]
    assert rest.startswith(case.response["then"])


def test_header_order_of_a_whole_answer(
    client_of: Callable[[ServerUnderTest], Client],
) -> None:
    """Cost headers come first, then CORS, then the length, as in TEI; only the date moves."""
    reply = client_of(claimed()["embed.single"].server).post_json("/embed", '{"inputs":"a"}')
    assert [name for name, _ in reply.headers if name != "date"] == [
        "content-type",
        "x-compute-type",
        "x-compute-time",
        "x-compute-characters",
        "x-compute-tokens",
        "x-total-time",
        "x-tokenization-time",
        "x-queue-time",
        "x-inference-time",
        "vary",
        "access-control-allow-origin",
        "content-length",
    ]
