"""One HTTP exchange with a model server. Knows no route, no model and no retry."""

from __future__ import annotations

import json
from typing import NamedTuple, Protocol

import requests

from infra.pipeline.deadline import TimeLimit
from infra.pipeline.retry import TryAgainError

# Seconds to connect, and of silence while reading. A cold batch on a busy T4 takes seconds.
_CONNECT_S = 5.0
_SILENCE_S = 60.0

# ChunkedEncodingError: the server went away in the middle of its answer.
_NO_ANSWER = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


class Reply(NamedTuple):
    """What came back, whatever the status."""

    status: int
    body: bytes


class Transport(Protocol):
    """Sends one request; a test passes a fake instead of a server."""

    @property
    def address(self) -> str:
        """Where the server is, for messages."""
        ...

    def get(self, path: str) -> Reply:
        """Raises `TryAgainError` when no answer came."""
        ...

    def post(self, path: str, payload: object) -> Reply:
        """Raises `TryAgainError` when no answer came."""
        ...


class HttpTransport:
    """A server behind a base URL, over one session that keeps its connection."""

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None,
        session: requests.Session,
        limit: TimeLimit | None = None,
    ) -> None:
        """Waits end with `limit`, where there is one."""
        self._limit = limit
        self._address = address.rstrip("/")
        self._session = session
        # The services are private addresses: a proxy or a .netrc entry of the user is not for them.
        self._session.trust_env = False
        self._headers = {"content-type": "application/json"}
        if api_key is not None:
            self._headers["authorization"] = f"Bearer {api_key}"

    @property
    def address(self) -> str:
        return self._address

    def get(self, path: str) -> Reply:
        return self._exchange("GET", path, None)

    def post(self, path: str, payload: object) -> Reply:
        # UTF-8 as it is: escapes would make Cyrillic three times as long, and TEI caps the body.
        return self._exchange("POST", path, json.dumps(payload, ensure_ascii=False).encode())

    def _exchange(self, method: str, path: str, data: bytes | None) -> Reply:
        silence_s = _SILENCE_S if self._limit is None else self._limit.call_s(_SILENCE_S)
        try:
            response = self._session.request(
                method,
                self._address + path,
                data=data,
                headers=self._headers,
                timeout=(min(_CONNECT_S, silence_s), silence_s),
                allow_redirects=False,
            )
        except _NO_ANSWER as error:
            raise TryAgainError(_reason(error)) from error
        return Reply(response.status_code, response.content)


def _reason(error: requests.RequestException) -> str:
    """The innermost cause in a few words: `Connection refused`, not three wrapped reprs."""
    inner: BaseException = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(inner) or type(inner).__name__
