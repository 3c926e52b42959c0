from __future__ import annotations

from edge_app.store.auto_lock import AutoLock


def test_lock_is_due_two_minutes_after_the_last_touch() -> None:
    time_s = [10.0]
    lock = AutoLock(lambda: time_s[0])
    time_s[0] = 129.9
    assert not lock.is_due
    lock.touch()
    time_s[0] = 249.8
    assert not lock.is_due
    time_s[0] = 249.9
    assert lock.is_due
