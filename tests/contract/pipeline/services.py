"""What the tests of this folder know of the services that its fixture starts."""

from __future__ import annotations

from dataclasses import dataclass

TEI_KEY = "tei-key-of-the-tests"
STORE_KEY = "store-key-of-the-tests"


@dataclass(frozen=True, kw_only=True)
class Services:
    """Base URLs of what runs: the services themselves, without a gateway."""

    embed: str
    rerank: str
    qdrant: str
    gateway: None = None
