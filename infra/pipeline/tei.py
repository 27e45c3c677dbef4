"""What the embed and the rerank server share: calls with retries, errors, `/info`.

The wire names of Text Embeddings Inference stop in this module, `embed.py` and `rerank.py`.
Status codes and limits as recorded from TEI 1.9.3.
"""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from infra.clock import Clock
from infra.errors import ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.retry import RetryPolicy, TryAgainError, retried
from infra.pipeline.served import ServedModel
from infra.pipeline.transport import Reply, Transport

T = TypeVar("T")

_SERVED_MODEL = TypeAdapter(ServedModel)


class TeiCalls:
    """Calls of one server; every failure becomes an error for the operator."""

    def __init__(
        self,
        transport: Transport,
        *,
        role: str,
        policy: RetryPolicy,
        clock: Clock,
        limit: TimeLimit | None = None,
    ) -> None:
        """Tries end with `limit`, where there is one."""
        self._limit = TimeLimit(clock) if limit is None else limit
        self._transport = transport
        self._name = f"the {role} server at {transport.address}"
        self._policy = policy
        self._clock = clock

    def info(self) -> ServedModel:
        return self._parsed(self._answered("/info", None), _SERVED_MODEL)

    def post(self, path: str, payload: object, answer: TypeAdapter[T]) -> T:
        """The parsed answer of one call.

        Raises:
            ServiceUnavailableError: no answer, overload past the retries, or not TEI's answer.
            ServiceRefusedError: the key or the request was refused; never tried again.
        """
        return self._parsed(self.post_raw(path, payload), answer)

    def post_raw(self, path: str, payload: object) -> bytes:
        """The body of one answer as it came, for answers too large to be parsed in the usual way.

        Raises:
            ServiceUnavailableError, ServiceRefusedError: as `post`, but for the body.
        """
        return self._answered(path, payload)

    @property
    def address(self) -> str:
        """Where the server is."""
        return self._transport.address

    def not_tei(self, why: str) -> ServiceUnavailableError:
        """The error for an answer that no TEI server gives."""
        return ServiceUnavailableError(
            f"{self._name} gave an answer that is not TEI's",
            why=why,
            remedy="check that this address is a Text Embeddings Inference server",
        )

    def post_once(self, path: str, payload: object) -> Reply:
        """The plain reply, also of a refusal: for checks that expect one.

        Raises:
            ServiceUnavailableError: no answer.
        """
        try:
            return self._transport.post(path, payload)
        except TryAgainError as error:
            raise self._unavailable(error) from error

    def _answered(self, path: str, payload: object) -> bytes:
        def once() -> Reply:
            if payload is None:
                reply = self._transport.get(path)
            else:
                reply = self._transport.post(path, payload)
            if reply.status == 429:
                raise TryAgainError("overloaded (429)")
            return reply

        try:
            policy = self._policy.within(self._limit.left_s())
            reply = retried(once, policy=policy, clock=self._clock)
        except TryAgainError as error:
            raise self._unavailable(error) from error
        if reply.status == 200:
            return reply.body
        if reply.status == 401:
            raise ServiceRefusedError(
                f"{self._name} refused the key (401)",
                why="the stack's secret for it (`tei_api_key`, for a gateway "
                "`gateway_operator_key`) is not the key that it was started with",
                remedy="run `pulumi refresh` and `pulumi up` on the stack so that both agree",
            )
        if 400 <= reply.status < 500:
            raise ServiceRefusedError(
                f"{self._name} refused {path} ({reply.status})",
                why=_message(reply.body),
                remedy="compare the settings with the server: `retrieval smoke` checks its limits",
            )
        raise ServiceUnavailableError(
            f"{self._name} failed on {path} ({reply.status})",
            why=_message(reply.body),
            remedy="look at the server's log, then repeat the command: it is safe",
        )

    def _parsed(self, body: bytes, answer: TypeAdapter[T]) -> T:
        try:
            return answer.validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the top"
            raise self.not_tei(f"{first['msg']} at {place}") from error

    def _unavailable(self, error: TryAgainError) -> ServiceUnavailableError:
        return self._limit.over(self._name, str(error)) or ServiceUnavailableError(
            f"{self._name} did not answer",
            why=str(error),
            remedy="`retrieval status` shows what runs; `pulumi up` starts what does not",
        )


def _message(body: bytes) -> str:
    """The server's own words: TEI's JSON errors have `error`, the framework's are plain text."""
    text = body.decode(errors="replace").strip()
    try:
        parsed: object = json.loads(text)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict) and isinstance(parsed.get("error"), str):
        text = parsed["error"]
    return text[:300] or "it gave no reason"
