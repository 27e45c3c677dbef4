"""Calls of one model server: what is tried again, what is refused, what its answers mean."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from infra.gateway.errors import RequestError, UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.model_server import Answer
from infra.gateway.split import CallLimits
from tests.unit.gateway.fake_tei import FakeTei, refusal, usual

BUSY = refusal(429, "Model is overloaded", "Overloaded")


def post(tei: FakeTei, lane: Lane = Lane.QUERIES) -> Answer:
    payload = {"inputs": ["text 1"]}
    return asyncio.run(tei.server.post("/embed", payload, lane=lane, texts=1, call=tei.call()))


def sequence(*replies: httpx.Response | Exception) -> Any:
    """Answers in turn; the last one for ever."""
    left = list(replies)

    def answer(path: str, body: dict[str, Any]) -> httpx.Response | Exception:
        reply = left.pop(0) if len(left) > 1 else left[0]
        return (
            usual(path, body) if isinstance(reply, httpx.Response) and reply.is_success else reply
        )

    return answer


GOOD = httpx.Response(200)


class TestTryingAgain:
    def test_overload_is_waited_out(self) -> None:
        """429 is tried again after growing waits, and the answer is the good one."""
        tei = FakeTei(answer=sequence(BUSY, BUSY, BUSY, GOOD))
        assert post(tei).tokens == 10
        assert tei.sleeps_s == [0.05, 0.1, 0.2]

    def test_overload_is_not_waited_out_for_ever(self) -> None:
        """A reader's call gives up within a second, an indexing call within fifteen."""
        for lane, most_s in ((Lane.QUERIES, 1.0), (Lane.PASSAGES, 15.0)):
            tei = FakeTei(answer=sequence(BUSY))
            with pytest.raises(UpstreamError) as failed:
                post(tei, lane)
            assert failed.value.code == "embed_overloaded"
            assert failed.value.retry_after_s is not None
            assert 0.5 * most_s < sum(tei.sleeps_s) <= most_s

    def test_a_connection_that_was_closed_meanwhile_costs_no_wait(self) -> None:
        """A lost kept connection is replaced at once."""
        tei = FakeTei(answer=sequence(httpx.RemoteProtocolError("closed"), GOOD))
        assert post(tei).tokens == 10
        assert tei.sleeps_s == []

    def test_a_server_that_is_away_is_not_called_by_everybody(self) -> None:
        """After a failure further readers' calls fail at once, until one finds it back."""
        tei = FakeTei(is_down=True)
        with pytest.raises(UpstreamError) as failed:
            post(tei)
        assert failed.value.status == 503
        waited = len(tei.sleeps_s)
        assert waited > 0
        with pytest.raises(UpstreamError):
            post(tei)
        assert len(tei.sleeps_s) == waited
        tei.is_down = False
        tei.clock.sleep(1.0)
        assert post(tei).tokens == 10

    def test_indexing_waits_for_a_server_that_is_away(self) -> None:
        """A passage call outlasts a restart of some seconds."""
        tei = FakeTei(is_down=True)

        async def restart(seconds: float) -> None:
            tei.clock.sleep(seconds)
            tei.is_down = tei.clock.monotonic_s() < 8

        tei.server.sleep = restart
        assert post(tei, Lane.PASSAGES).tokens == 10
        assert tei.clock.monotonic_s() < 12


class TestWhatAnAnswerMeans:
    @pytest.mark.parametrize(
        ("reply", "status", "code"),
        [
            (refusal(422, "Input validation error: too long"), 400, "input_refused"),
            (refusal(400, "Input validation error: empty", "Empty"), 400, "input_refused"),
            (refusal(422, "batch size 5 > maximum allowed batch size 4"), 502, "bad_upstream"),
            (refusal(424, "Backend error: score is NaN", "Backend"), 502, "not_finite"),
            (refusal(424, "Backend error: out of memory", "Backend"), 502, "bad_upstream"),
            (httpx.Response(401), 502, "bad_upstream"),
            (httpx.Response(413, text="length limit exceeded"), 400, "input_too_large"),
            (httpx.Response(500, text="oops"), 502, "bad_upstream"),
            (httpx.Response(200, text="<html>"), 502, "bad_upstream"),
        ],
    )
    def test_errors_say_whose_fault_it_is(
        self, reply: httpx.Response, status: int, code: str
    ) -> None:
        """The caller's fault is a 400, the server's a 502; no text and no address is repeated."""

        def answer(_path: str, _body: dict[str, Any]) -> httpx.Response:
            return reply

        tei = FakeTei(answer=answer)
        with pytest.raises(RequestError) as failed:
            post(tei)
        assert (failed.value.status, failed.value.code) == (status, code)
        assert failed.value.remedy
        assert "http://tei" not in str(failed.value)
        counted = tei.metrics.text().decode()
        assert ("upstream_errors_total{" in counted) == (status == 502)

    def test_limits_are_the_smaller_of_server_and_settings(self) -> None:
        """The passage lane has a token limit of its own, so that a query never waits long."""
        tei = FakeTei(limits={"max_client_batch_size": 100, "max_concurrent_requests": 20})
        for lane, tokens in ((Lane.QUERIES, 8192), (Lane.PASSAGES, 2048)):
            limits = asyncio.run(tei.server.call_limits(lane, tei.call()))
            assert limits == CallLimits(texts=20, tokens=tokens)

    def test_another_server_behind_the_address_is_noticed(self) -> None:
        """After a failure the limits are asked anew."""
        tei = FakeTei()
        asyncio.run(tei.server.served(tei.call()))
        tei.limits = {"max_client_batch_size": 2}
        assert asyncio.run(tei.server.served(tei.call())).max_client_batch_size == 4
        tei.answer = sequence(refusal(422, "batch size 4 > maximum allowed batch size 2"))
        with pytest.raises(UpstreamError):
            post(tei)
        assert asyncio.run(tei.server.served(tei.call())).max_client_batch_size == 2
