"""Keys of the local services: random, one file each, readable by their owner only."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

CLIENTS_FILE = "clients.json"
"""Name of the file of client key hashes, beside the keys."""

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


def write_client_keys(folder: Path, scopes: Mapping[str, Sequence[str]]) -> Path:
    """Write the file that tells a gateway which clients it has: hashes of their keys, never a key.

    Args:
        folder: the folder of key files; a missing key is made.
        scopes: name of each key to what it may be used for.

    Returns:
        The file, in the form that `infra/gateway/keys.py` reads.
    """
    entries = [
        {
            "name": name,
            "sha256": hashlib.sha256(ensure_key(folder / name).encode()).hexdigest(),
            "scopes": list(granted),
        }
        for name, granted in scopes.items()
    ]
    path = folder / CLIENTS_FILE
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"keys": entries}, indent=1), encoding="utf-8")
    fresh.replace(path)
    return path


def digest_of_keys(folder: Path, names: Iterable[str]) -> str | None:
    """Tells whether keys changed since a service was started with them; None if one is missing."""
    digest = hashlib.sha256()
    try:
        for name in sorted(names):
            digest.update(f"{name}={read_key(folder / name)}\n".encode())
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def read_key(path: Path) -> str:
    """Value of an existing key.

    Raises:
        FileNotFoundError: the key was never made.
    """
    return path.read_text(encoding="ascii").strip()
