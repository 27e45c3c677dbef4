"""`/vertex`: a list of bodies of other routes, answered together and without cost headers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from infra.local.tei.errors import InvalidInputError
from infra.local.tei.server import inference
from infra.local.tei.server.inference import Service
from infra.local.tei.wire import answers, bodies
from infra.local.tei.wire.answers import Answer
from infra.local.tei.wire.reader import JsonError, Reader

Body = TypeVar("Body")


async def vertex(service: Service, instances: list[bytes]) -> Answer:
    """Each instance is a rerank body when it reads as one, else one of the model's own route.

    The client batch limit does not hold here, as in TEI; permits do.
    """
    work = [_instance(service, instance) for instance in instances]
    found = await asyncio.gather(*(start() for start in work), return_exceptions=True)
    predictions: list[str] = []
    for one in found:
        if isinstance(one, BaseException):
            raise one
        predictions.append(one.body.decode())
    return answers.json_answer(f'{{"predictions":{answers.array(predictions)}}}')


def _instance(service: Service, instance: bytes) -> Callable[[], Coroutine[None, None, Answer]]:
    try:
        rerank = bodies.rerank(Reader(instance))
    except JsonError:
        pass
    else:
        return lambda: inference.rerank(service, rerank)
    if service.is_embedding:
        embed = _read(bodies.embed, instance)
        return lambda: inference.embed(service, embed)
    predict = _read(bodies.predict, instance)
    return lambda: inference.predict(service, predict)


def _read(parse: Callable[[Reader], Body], instance: bytes) -> Body:
    try:
        return parse(Reader(instance))
    except JsonError as error:
        raise InvalidInputError(error.message) from None
