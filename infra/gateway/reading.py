"""Reads a request: whose it is, whether it is allowed, its body within limits, its meaning."""

from __future__ import annotations

import asyncio

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from infra.gateway import wire
from infra.gateway.errors import ClientGoneError, RequestError, invalid_request
from infra.gateway.keys import ApiKey, KeyRing, Scope

# Problems of a body that are spelled out; more help nobody.
_SPOKEN = 5


def check_key(request: Request, keys: KeyRing, scopes: frozenset[Scope]) -> ApiKey:
    """The key of a request.

    Raises:
        RequestError: 401 without a valid key, 403 with one for something else.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RequestError(
            401,
            "missing_api_key",
            "the request carries no API key",
            why="this route is for holders of a key",
            remedy="Send the header `Authorization: Bearer KEY`",
        )
    key = keys.find(token.strip())
    if key is None:
        raise RequestError(
            401,
            "invalid_api_key",
            "the API key is not known",
            why="it was never issued here, was removed, or has expired",
            remedy="Ask the operator for a current key",
        )
    check_scopes(key, scopes, "use this route")
    return key


def check_scopes(key: ApiKey, scopes: frozenset[Scope], purpose: str) -> None:
    """Whether the key has one of the scopes; an empty set asks for none.

    Raises:
        RequestError: 403.
    """
    if scopes and key.scopes.isdisjoint(scopes):
        named = " or ".join(sorted(scopes))
        raise RequestError(
            403,
            "missing_scope",
            f"the key `{key.name}` may not {purpose}",
            why=f"it needs the scope {named} and has {', '.join(sorted(key.scopes))}",
            remedy="Use a key with that scope, or ask the operator to add it",
        )


async def read_body(request: Request, *, most_bytes: int, most_s: float) -> bytes:
    """The body.

    Raises:
        RequestError: 415 for another content type, 413 for too long, 408 for too slow.
        ClientGoneError: the client left while sending.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestError(
            415,
            "not_json",
            "the content type is not application/json",
            why="every route with a body takes JSON",
            remedy="Send the header `Content-Type: application/json`",
        )
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most_bytes:
        raise _too_large(most_bytes)
    received = bytearray()
    try:
        async with asyncio.timeout(most_s):
            async for piece in request.stream():
                received += piece
                if len(received) > most_bytes:
                    raise _too_large(most_bytes)
    except TimeoutError as error:
        raise RequestError(
            408,
            "body_too_slow",
            "the request body did not arrive in time",
            why=f"it had {most_s:.0f} s",
            remedy="Send it again, in one go",
        ) from error
    except ClientDisconnect as error:
        raise ClientGoneError from error
    return bytes(received)


def parse_body(body: bytes, model: type[wire.Request], *, most_texts: int) -> wire.Request:
    """The request as a record.

    Raises:
        RequestError: 400, with the place and the rule, never with the text itself.
    """
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        ids = next((detail for detail in details if detail["type"] == "token_ids"), None)
        shown = [ids] if ids is not None else details[:_SPOKEN]
        problems = [f"{_place(detail['loc'])}{detail['msg']}" for detail in shown]
        first = shown[0]["loc"]
        raise invalid_request(
            "the request is not valid",
            why="; ".join(problems),
            remedy="Compare it with /docs",
            param=str(first[0]) if first else None,
            code="invalid_json" if shown[0]["type"] == "json_invalid" else "invalid_request",
        ) from error
    if parsed.count > most_texts:
        raise invalid_request(
            f"{parsed.count} texts are too many for one request",
            why=f"this gateway takes {most_texts}",
            remedy="Send them in several requests",
        )
    return parsed


def _place(location: tuple[int | str, ...]) -> str:
    return f"{'.'.join(map(str, location))}: " if location else ""


def _too_large(most_bytes: int) -> RequestError:
    return RequestError(
        413,
        "body_too_large",
        "the request body is too long",
        why=f"this gateway takes {most_bytes} bytes",
        remedy="Send the texts in several requests",
    )
