"""Calls to the vector store: passing failures are tried again, the rest become operator errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from infra.clock import Clock
from infra.errors import OperatorError, ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.retry import RetryPolicy, TryAgainError, retried

T = TypeVar("T")

# A store that restarts behind a load balancer or a proxy.
_PASSING = frozenset({429, 502, 503, 504})


class StoreCalls:
    """Runs calls of the official client. All of ours may be repeated without harm."""

    def __init__(
        self, *, address: str, policy: RetryPolicy, clock: Clock, limit: TimeLimit | None = None
    ) -> None:
        """Tries end with `limit`, where there is one."""
        self._limit = TimeLimit(clock) if limit is None else limit
        self._name = f"the vector store at {address}"
        self._policy = policy
        self._clock = clock

    def run(self, call: Callable[[], T]) -> T:
        """The result of `call`.

        Raises:
            ServiceUnavailableError: no answer, or not Qdrant's, after all tries.
            ServiceRefusedError: the key or the request was refused; never tried again.
        """
        try:
            policy = self._policy.within(self._limit.left_s())
            return retried(lambda: self._once(call), policy=policy, clock=self._clock)
        except TryAgainError as error:
            raise self._limit.over(self._name, str(error)) or ServiceUnavailableError(
                f"{self._name} did not answer",
                why=str(error),
                remedy="`retrieval status` shows what runs; `pulumi up` starts what does not",
            ) from error

    def _once(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except ResourceExhaustedResponse as error:
            raise TryAgainError("too many requests (429)") from error
        except UnexpectedResponse as error:
            if error.status_code in _PASSING:
                raise TryAgainError(f"it answered {error.status_code}") from error
            raise self._refused(error) from error
        except ResponseHandlingException as error:
            if isinstance(error.source, ValidationError):
                raise self._not_qdrant(error.source) from error
            if isinstance(error.source, OperatorError):
                raise error.source from error
            raise TryAgainError(str(error.source) or type(error.source).__name__) from error
        except (json.JSONDecodeError, AssertionError) as error:
            # What the client lets through when an answer is no JSON, or has no `result`.
            raise self._not_qdrant(error) from error

    def _not_qdrant(self, error: Exception) -> ServiceUnavailableError:
        if isinstance(error, ValidationError):
            why = str(error.errors(include_url=False, include_input=False)[0]["msg"])
        else:
            why = str(error) or "it has no result"
        return ServiceUnavailableError(
            f"{self._name} gave an answer that is not Qdrant's",
            why=why,
            remedy="check that this address is a Qdrant server of version 1.19 or newer",
        )

    def _refused(self, error: UnexpectedResponse) -> OperatorError:
        if error.status_code in {401, 403}:
            return ServiceRefusedError(
                f"{self._name} refused the key ({error.status_code})",
                why=_message(error.content),
                remedy="run `pulumi refresh` and `pulumi up` on the stack so that its secret "
                "`qdrant_api_key` and the server agree",
            )
        if error.status_code is not None and error.status_code >= 500:
            return ServiceUnavailableError(
                f"{self._name} failed ({error.status_code})",
                why=_message(error.content),
                remedy="look at the server's log, then repeat the command: it is safe",
            )
        return ServiceRefusedError(
            f"{self._name} refused a request ({error.status_code})",
            why=_message(error.content),
            remedy="check that this address is a Qdrant server of version 1.19 or newer",
        )


def _message(body: bytes) -> str:
    """The server's own words: JSON with `status.error`, or plain text for keys."""
    text = body.decode(errors="replace").strip()
    try:
        return str(json.loads(text)["status"]["error"])[:300]
    except (ValueError, TypeError, KeyError):
        return text[:300] or "it gave no reason"
