"""What a case is: a stack under one rule, and how to write one down."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.policy.given import Given


@dataclass(frozen=True)
class Case:
    """One stack under one rule; `says` is a part of the message, empty where it passes."""

    rule: str
    what: str
    given: tuple[Given, ...]
    says: str = ""
    config: Mapping[str, Any] | None = None


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = None, **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    found = {"Sid": "Test", "Effect": "Allow", "Action": action, **more}
    return found if resource is None else {**found, "Resource": resource}


def no_plain(resource: str) -> dict[str, Any]:
    """The statement that refuses requests without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "*",
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def of(type_: str, **props: Any) -> tuple[Given, ...]:
    """A stack of one resource."""
    return (Given(type=type_, props=props),)


def encoded(text: str) -> str:
    """User data as a launch template takes it."""
    return base64.b64encode(text.encode()).decode()


def zipped(text: str) -> str:
    """User data, compressed."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
