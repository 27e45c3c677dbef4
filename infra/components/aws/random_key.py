"""A random key made by the program itself, so that none is typed, sent or stored in plain text.

It works without a download: a dynamic provider of this project, no plugin. The value is made once,
is a secret of the state from then on, and never changes; another key is another resource, so that
the old and the new one are valid side by side while callers move.
"""

from __future__ import annotations

import secrets
from typing import Any

from pulumi import Output, ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

KEY_BYTES = 32
"""256 bits: what HMAC with SHA-256 takes as a key, and more than anyone can try."""


class RandomKeyProvider(ResourceProvider):
    """Makes a key; there is nothing to read, update or delete anywhere."""

    # The serialised provider is a reference to this class and holds no value of any kind.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:  # noqa: ARG002 (the base class names it)
        """Draw a key; its id says nothing about it."""
        drawn = secrets.token_urlsafe(KEY_BYTES)
        return CreateResult(f"key-{secrets.token_hex(8)}", {"value": drawn})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """A key never changes, whatever becomes of the program."""
        return DiffResult(changes=False)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Keep the value; the engine asks only after a change of the provider itself."""
        return UpdateResult({"value": _olds["value"]})


class RandomKey(Resource, module="retrieval", name="RandomKey"):
    """One key of 256 bits as text that fits a header."""

    value: Output[str]
    """Always a secret: encrypted in the state, `[secret]` wherever it is shown."""

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        secret = ResourceOptions(additional_secret_outputs=["value"])
        merged = ResourceOptions.merge(opts, secret)
        super().__init__(RandomKeyProvider(), name, {"value": None}, merged)
