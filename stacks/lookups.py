"""Plain look-ups that may find nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from infra.errors import StackError

_Found = TypeVar("_Found")

# How the provider says that a thing is not there; it has no code for it.
_ABSENT = ("no matching", "no results", "couldn't find", "could not find", "notfound", "not found")


def unless_absent(look_up: Callable[[], _Found]) -> _Found | None:
    """What a look-up finds, or None where the account does not have it.

    Raises:
        StackError: the account could not be asked.
    """
    try:
        return look_up()
    except Exception as problem:  # the SDK raises nothing narrower
        text = str(problem)
        if any(word in text.lower() for word in _ABSENT):
            return None
        raise StackError(
            "the account could not be asked",
            why=text,
            remedy="check the credentials (`aws sts get-caller-identity`) and that they may read; "
            "`make preview` needs none",
        ) from problem
