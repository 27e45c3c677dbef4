"""Keys of the local services: random, one file each, readable by their owner only."""

from __future__ import annotations

import secrets
from pathlib import Path

_KEY_BYTES = 32


def ensure_key(path: Path) -> str:
    """Value of the key in `path`, made at the first call. Safe to call from several processes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(_KEY_BYTES), encoding="ascii")
        try:
            path.hardlink_to(fresh)  # whoever links first has made the key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return read_key(path)


def read_key(path: Path) -> str:
    """Value of an existing key.

    Raises:
        FileNotFoundError: the key was never made.
    """
    return path.read_text(encoding="ascii").strip()
