"""Runs the calls of one request, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from infra.gateway.errors import RequestError


async def run_parts(
    parts: Sequence[tuple[int, ...]],
    run: Callable[[tuple[int, ...]], Awaitable[None]],
    *,
    at_once: int = 6,
) -> None:
    """Run `run` on every part, a few at a time, so that long lists share a lane fairly.

    Raises:
        RequestError: of the first part that failed; the others are given up.
    """
    if len(parts) == 1:
        await run(parts[0])
        return
    left: Iterator[tuple[int, ...]] = iter(parts)

    async def work() -> None:
        for part in left:
            await run(part)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(parts))):
                group.create_task(work())
    except* RequestError as problems:
        failures = problems.exceptions
    else:
        return
    raise first_of(failures)


def first_of(failures: Sequence[BaseException]) -> BaseException:
    """The first plain exception in a nest of groups."""
    first = failures[0]
    return first_of(first.exceptions) if isinstance(first, BaseExceptionGroup) else first
