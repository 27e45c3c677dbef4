"""What a call of the gateway can fail with."""

from __future__ import annotations


class GatewayError(Exception):
    """Base of every failure. `status` is None where no answer came; `request_id` finds the call in
    the gateway's log; `code` is the gateway's stable word for the reason."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.request_id = request_id
        super().__init__(message)


class GatewayRefusedError(GatewayError):
    """The request or its key is at fault (4xx): a repeat gives the same answer."""


class GatewayBusyError(GatewayError):
    """The gateway took no more (429), also after the retries."""


class GatewayUnavailableError(GatewayError):
    """No answer, or a service behind the gateway failed (5xx), also after the retries."""
