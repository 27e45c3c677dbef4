"""The lock that lets many read or one change."""

from __future__ import annotations

import threading

from infra.local.qdrant.storage.rwlock import SharedLock

DEADLINE_S = 10


def test_users_share_and_an_owner_is_alone() -> None:
    """Two users are in at once; the owner waits for both, and a new user waits for the owner."""
    lock = SharedLock()
    both_in = threading.Barrier(3)
    may_leave = threading.Event()
    seen: list[str] = []

    def use() -> None:
        with lock.shared():
            both_in.wait(DEADLINE_S)
            may_leave.wait(DEADLINE_S)
            seen.append("user")

    def own() -> None:
        with lock.exclusive():
            seen.append("owner")

    users = [threading.Thread(target=use) for _ in range(2)]
    owner = threading.Thread(target=own)
    for thread in users:
        thread.start()
    both_in.wait(DEADLINE_S)
    owner.start()
    may_leave.set()
    for thread in [*users, owner]:
        thread.join(DEADLINE_S)

    assert seen == ["user", "user", "owner"]
    with lock.shared():
        seen.append("late user")
    assert seen[-1] == "late user"
