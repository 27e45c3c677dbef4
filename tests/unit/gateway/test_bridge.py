"""Worker threads that wait for the loop, and end when their request does."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.gateway.bridge import Bridge, in_thread
from infra.gateway.errors import AbandonedError


def test_a_thread_gets_results_and_errors_of_the_loop() -> None:
    """What a coroutine returns or raises arrives where it was asked for."""

    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    async def fail() -> None:
        raise ValueError("no")

    def work(bridge: Bridge) -> int:
        with pytest.raises(ValueError, match="no"):
            bridge.wait_for(fail())
        return bridge.wait_for(double(21))

    async def main() -> int:
        with ThreadPoolExecutor(1) as pool:
            return await in_thread(pool, work)

    assert asyncio.run(main()) == 42


def test_cancelling_ends_the_call_and_the_thread() -> None:
    """The coroutine under way is cancelled, the thread unwinds, and a further call is refused."""
    seen: list[str] = []
    begun, ended = threading.Event(), threading.Event()

    async def wait_for_ever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("call cancelled")
            raise

    def work(bridge: Bridge) -> None:
        try:
            with pytest.raises(AbandonedError):
                bridge.wait_for(wait_for_ever())
            with pytest.raises(AbandonedError):
                bridge.wait_for(wait_for_ever())
            with pytest.raises(AbandonedError):
                bridge.check()
            seen.append("thread ended")
        finally:
            ended.set()

    async def main() -> None:
        with ThreadPoolExecutor(1) as pool:
            working = asyncio.ensure_future(in_thread(pool, work))
            await asyncio.sleep(0)
            assert await asyncio.to_thread(begun.wait, 5)
            working.cancel()
            with pytest.raises(asyncio.CancelledError):
                await working
            assert await asyncio.to_thread(ended.wait, 5)

    asyncio.run(main())
    assert sorted(seen) == ["call cancelled", "thread ended"]
