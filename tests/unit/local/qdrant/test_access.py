"""Keys and tokens: who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from infra.local.qdrant.access import Access, AuthError, Keys, authenticate
from infra.local.qdrant.errors import ApiError

ADMIN = "admin-key-of-thirty-two-characters"
NEXT = "next-admin-key-of-thirty-two-chars"
KEYS = Keys(admin=ADMIN, alt_admin=NEXT, read_only="reader", jwt_rbac=True)


def nobody(_collection: str, _wanted: Mapping[str, Any]) -> bool:
    return False


def access_of(claims: Any, key: str = ADMIN, keys: Keys = KEYS) -> Access:
    token = jwt.encode(claims, key, algorithm="HS256")
    return authenticate({"authorization": f"Bearer {token}"}, keys, nobody)


def test_without_keys_everything_is_allowed() -> None:
    """A service without any key asks for none."""
    authenticate({}, Keys(), nobody).require_manage()


@pytest.mark.parametrize("secret", [ADMIN, NEXT])
def test_both_admin_keys_are_valid_at_once(secret: str) -> None:
    """Keys rotate by having two of them; either works in either header."""
    authenticate({"api-key": secret}, KEYS, nobody).require_manage()
    authenticate({"authorization": f"bearer {secret}"}, KEYS, nobody).require_manage()


def test_token_signed_with_the_second_key_is_valid() -> None:
    """Tokens rotate with the keys."""
    assert access_of({"access": "r"}, key=NEXT).global_level == "r"


def test_tokens_need_rbac_switched_on() -> None:
    """Where tokens are off, a valid one is a wrong key."""
    with pytest.raises(AuthError) as caught:
        access_of({}, keys=Keys(admin=ADMIN))

    assert caught.value.status == 401


def test_token_is_void_without_its_revocation_point() -> None:
    """`value_exists` asks the collection, and a missing point refuses the token."""
    asked: list[tuple[str, Mapping[str, Any]]] = []

    def holds(collection: str, wanted: Mapping[str, Any]) -> bool:
        asked.append((collection, wanted))
        return len(asked) == 1

    claims = {"value_exists": {"collection": "tokens", "matches": [{"key": "id", "value": 7}]}}
    headers = {"api-key": jwt.encode(claims, ADMIN, algorithm="HS256")}

    authenticate(headers, KEYS, holds).require_manage()
    with pytest.raises(AuthError) as caught:
        authenticate(headers, KEYS, holds)
    assert caught.value.status == 403
    assert asked[0] == ("tokens", {"id": 7})


@pytest.mark.parametrize(
    "claims",
    [
        {"access": "rw"},
        {"access": {"collection": "a", "access": "r"}},
        {"access": [{"collection": "a", "access": "m"}]},
        {"access": [{"collection": "a"}]},
        {"access": [{"collection": "a", "access": "r", "payload": {"tenant": 1}}]},
        {"value_exists": {"collection": "a"}},
    ],
)
def test_token_that_cannot_be_honoured_is_refused(claims: Any) -> None:
    """An access claim of another shape, or a narrowing not applied here, opens nothing."""
    with pytest.raises(AuthError) as caught:
        access_of(claims)

    assert caught.value.status == 401


def test_unsigned_token_is_refused() -> None:
    """A token without a signature is a wrong key, whatever it claims."""
    token = jwt.encode({"access": "m"}, None, algorithm="none")

    with pytest.raises(AuthError):
        authenticate({"api-key": token}, KEYS, nobody)


def test_collection_token_is_confined() -> None:
    """A token for one collection sees and reads that one, writes if allowed, manages nothing."""
    access = access_of({"access": [{"collection": "a", "access": "r"}]})

    access.require_read("a")
    assert access.may_see("a")
    assert not access.may_see("b")
    for refused in (
        lambda: access.require_write("a"),
        lambda: access.require_read("b"),
        access.require_global_read,
        access.require_manage,
    ):
        with pytest.raises(ApiError, match="Forbidden"):
            refused()
