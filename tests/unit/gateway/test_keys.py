"""The key ring: which keys are in force, and when the file is read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.clock import FakeClock
from infra.errors import InputFileError
from infra.gateway.keys import KeyRing, Scope, hash_key


class Ring:
    """A key ring on a file in a temporary folder, a fake clock, a fixed time of day."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.path = folder / "keys.json"
        self.clock = FakeClock()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.failures: list[str] = []
        self.write(*names)
        self.keys = KeyRing(
            self.path, clock=self.clock, now=lambda: self.now, on_failure=self.failures.append
        )

    def write(self, *names: str, **more: Any) -> None:
        entries = [
            {"name": name, "sha256": hash_key(f"{name}-key"), "scopes": ["search"], **more}
            for name in names
        ]
        self.write_text(json.dumps({"keys": entries}))

    def write_text(self, text: str) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def knows(self, name: str) -> bool:
        return self.keys.find(f"{name}-key") is not None


def test_a_key_is_known_by_its_hash(tmp_path: Path) -> None:
    """The right key is found with its name and scopes, another is not."""
    ring = Ring(tmp_path, "app")
    found = ring.keys.find("app-key")
    assert found is not None
    assert (found.name, found.scopes) == ("app", {Scope.SEARCH})
    assert ring.keys.find("app-kez") is None
    assert ring.keys.find("") is None


def test_a_changed_file_is_read_after_a_second(tmp_path: Path) -> None:
    """Old and new key are valid together; the file is looked at once a second at most."""
    ring = Ring(tmp_path, "old")
    ring.write("old", "new")
    assert not ring.knows("new")
    ring.clock.sleep(0.5)
    assert not ring.knows("new")
    ring.clock.sleep(0.6)
    assert ring.knows("new")
    assert ring.knows("old")
    ring.write("new")
    ring.clock.sleep(1.0)
    assert not ring.knows("old")


def test_a_signal_reads_it_at_once(tmp_path: Path) -> None:
    """`at_once` does not wait for the second."""
    ring = Ring(tmp_path, "old")
    ring.write("new")
    ring.keys.refresh(at_once=True)
    assert ring.knows("new")


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "{}",
        '{"keys": []}',
        '{"keys": [{"name": "a", "sha256": "short", "scopes": ["search"]}]}',
        json.dumps({"keys": [{"name": "a", "sha256": "0" * 64, "scopes": ["everything"]}]}),
        json.dumps({"keys": [{"name": "a", "sha256": "0" * 64, "scopes": []}]}),
        json.dumps({"keys": [{"name": n, "sha256": "0" * 64, "scopes": ["search"]} for n in "ab"]}),
    ],
)
def test_a_broken_file_keeps_the_old_keys(tmp_path: Path, broken: str) -> None:
    """It is reported once for each change, and the next good file is taken."""
    ring = Ring(tmp_path, "old")
    ring.write_text(broken)
    for _ in range(3):
        ring.clock.sleep(1.0)
        assert ring.knows("old")
    assert len(ring.failures) == 1
    assert not ring.keys.is_current
    ring.write("new")
    ring.clock.sleep(1.0)
    assert ring.knows("new")
    assert ring.keys.is_current


def test_a_lost_file_keeps_the_old_keys(tmp_path: Path) -> None:
    """A file that is away for a moment locks nobody out."""
    ring = Ring(tmp_path, "old")
    ring.path.unlink()
    ring.clock.sleep(1.0)
    assert ring.knows("old")
    assert len(ring.failures) == 1


def test_a_key_ends_at_its_time(tmp_path: Path) -> None:
    """`not_after` is the first instant at which it no longer counts."""
    ring = Ring(tmp_path, "other")
    ring.write("app", not_after="2026-01-02T00:00:00Z")
    ring.keys.refresh(at_once=True)
    assert ring.knows("app")
    ring.now = datetime(2026, 1, 2, tzinfo=UTC)
    assert not ring.knows("app")


def test_no_usable_file_at_the_start_is_an_error_without_its_values(tmp_path: Path) -> None:
    """There are no older keys to fall back to; the message names the place, not the hash."""
    path = tmp_path / "keys.json"
    secret = "f" * 63
    path.write_text(json.dumps({"keys": [{"name": "a", "sha256": secret, "scopes": ["search"]}]}))
    with pytest.raises(InputFileError) as refused:
        KeyRing(path, clock=FakeClock())
    assert "keys.0.sha256" in str(refused.value)
    assert secret not in str(refused.value)
    with pytest.raises(InputFileError):
        KeyRing(tmp_path / "absent.json", clock=FakeClock())
