"""Who may do what: API keys and JSON web tokens. Knows no routes and no bodies.

The rules are those recorded from Qdrant 1.19.0: a token is HS256, signed with the admin key; one
without an `access` claim may do everything; the read-only key may read everything.
"""

from __future__ import annotations

import hmac
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options
from jwt.warnings import InsecureKeyLengthWarning

from infra.local.qdrant.errors import forbidden

LEEWAY_S = 30
"""Seconds by which a token may be over its `exp`; Qdrant's own allowance."""

NO_KEY_TEXT = "Must provide an API key or an Authorization bearer token"
BAD_KEY_TEXT = "Invalid API key or JWT"
EXPIRED_TEXT = "ExpiredSignature"

ValueExists = Callable[[str, Mapping[str, Any]], bool]
"""Whether a collection holds a point with all the given payload values (token revocation)."""


class AuthError(Exception):
    """The request is refused before its body is read, with a bare text."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(status, text)


@dataclass(frozen=True)
class Keys:
    """The keys of the service, empty strings where unset; shown nowhere."""

    admin: str = ""
    alt_admin: str = ""
    read_only: str = ""
    jwt_rbac: bool = False

    @property
    def open(self) -> bool:
        """Without any key everything is allowed, as on the real server."""
        return not (self.admin or self.alt_admin or self.read_only)


@dataclass(frozen=True)
class Access:
    """What the caller may do: globally `m` or `r`, or per collection `rw` or `r`."""

    global_level: str | None
    collections: Mapping[str, str]

    def require_manage(self) -> None:
        if self.global_level is None:
            raise forbidden("Global access is required")
        if self.global_level != "m":
            raise forbidden("Global manage access is required")

    def require_global_read(self) -> None:
        if self.global_level is None:
            raise forbidden("Global access is required")

    def require_write(self, collection: str) -> None:
        if self.global_level is not None:
            self.require_manage()
            return
        if self._level(collection) != "rw":
            raise forbidden(f"Write access to collection {collection} is required")

    def require_read(self, collection: str) -> None:
        if self.global_level is None:
            self._level(collection)

    def may_see(self, collection: str) -> bool:
        return self.global_level is not None or collection in self.collections

    def _level(self, collection: str) -> str:
        if collection not in self.collections:
            raise forbidden(f"Access to collection {collection} is required")
        return self.collections[collection]


FULL_ACCESS = Access("m", {})
READ_ACCESS = Access("r", {})


def authenticate(headers: Mapping[str, str], keys: Keys, value_exists: ValueExists) -> Access:
    """What the sender of `headers` (names in lower case) may do.

    Raises:
        AuthError: no key, a wrong key, or a token that is invalid, expired or revoked.
    """
    if keys.open:
        return FULL_ACCESS
    secret = headers.get("api-key") or _bearer(headers.get("authorization", ""))
    if not secret:
        raise AuthError(401, NO_KEY_TEXT)
    admin_keys = [key for key in (keys.admin, keys.alt_admin) if key]
    if any(_same(secret, key) for key in admin_keys):
        return FULL_ACCESS
    if keys.read_only and _same(secret, keys.read_only):
        return READ_ACCESS
    if keys.jwt_rbac:
        return _from_token(secret, admin_keys, value_exists)
    raise AuthError(401, BAD_KEY_TEXT)


def _from_token(token: str, admin_keys: list[str], value_exists: ValueExists) -> Access:
    claims = _claims(token, admin_keys)
    revocation = claims.get("value_exists")
    if revocation is not None and not _still_valid(revocation, value_exists):
        raise AuthError(403, "Invalid JWT, stateful validation failed")
    access = claims.get("access", "m")
    if isinstance(access, str) and access in {"m", "r"}:
        return Access(access, {})
    return Access(None, _collection_levels(access))


def _claims(token: str, admin_keys: list[str]) -> dict[str, Any]:
    options: Options = {"verify_aud": False, "verify_iat": False}
    for key in admin_keys:
        try:
            with warnings.catch_warnings():
                # The length of the key is its owner's choice; the server does not judge it either.
                warnings.simplefilter("ignore", InsecureKeyLengthWarning)
                return jwt.decode(
                    token, key, algorithms=["HS256"], leeway=LEEWAY_S, options=options
                )
        except jwt.ExpiredSignatureError as error:
            raise AuthError(403, EXPIRED_TEXT) from error
        except jwt.InvalidTokenError:
            continue
    raise AuthError(401, BAD_KEY_TEXT)


def _collection_levels(access: Any) -> dict[str, str]:
    """`access` as a list of `{"collection": name, "access": "r" or "rw"}`; anything else is void.

    A narrowing that this service does not apply (the retired `payload` filter) voids the token
    too: ignoring it would widen the access.
    """
    levels: dict[str, str] = {}
    for entry in access if isinstance(access, list) else [None]:
        if not isinstance(entry, dict) or set(entry) != {"collection", "access"}:
            raise AuthError(401, BAD_KEY_TEXT)
        if entry["access"] not in {"r", "rw"} or not isinstance(entry["collection"], str):
            raise AuthError(401, BAD_KEY_TEXT)
        levels[entry["collection"]] = entry["access"]
    return levels


def _still_valid(revocation: Any, value_exists: ValueExists) -> bool:
    try:
        wanted = {match["key"]: match["value"] for match in revocation["matches"]}
        return value_exists(str(revocation["collection"]), wanted)
    except (KeyError, TypeError) as error:
        raise AuthError(401, BAD_KEY_TEXT) from error


def _bearer(header: str) -> str:
    scheme, _, secret = header.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(), key.encode())
