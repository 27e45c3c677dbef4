"""What the learned sparse weights cost in bytes, before any is made. Pure."""

from __future__ import annotations

from infra.settings import StackSettings

# Text of one number of a token's row, with its comma; recorded from TEI 1.9.3 at 1024 numbers.
_BYTES_PER_NUMBER = 10.92


def row_bytes(settings: StackSettings, tokens: int) -> int:
    """Bytes of token rows that indexing so many tokens reads; 0 where no weights are stored."""
    if settings.store.sparse == "off":
        return 0
    return round(tokens * settings.embed.dimensions * _BYTES_PER_NUMBER)
