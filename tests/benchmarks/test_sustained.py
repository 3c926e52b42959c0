from __future__ import annotations

import pytest

from benchmarks import sustained
from benchmarks.subjects import OWN, PEER, Subject
from benchmarks.sustained import ends, windows_ms


class Clock:
    """A clock that each run moves on: runs of a second take longer and longer."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def run(self, subject: Subject, warmup: int, runs: int) -> list[float]:
        """Milliseconds of one run: 100, and 10 more for every second that has passed."""
        ms = 100.0 + 10.0 * int(self.now)
        self.now += 0.25
        return [ms]


def subject(role: str = OWN) -> Subject:
    return Subject(
        role=role, made_by="test", arch="tiny", side_px=32, target="tflite", scheme="fp32", backend="fake", threads=1,
        name="tiny 1", run=lambda: None,
    )  # fmt: skip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(sustained.time, "perf_counter", made)
    monkeypatch.setattr(sustained, "turn", made.run)
    return made


def test_windows_are_the_medians_of_each_second(clock: Clock) -> None:
    assert windows_ms(subject(), 3.0) == [100.0, 110.0, 120.0]


def test_ends_compare_the_first_tenth_with_the_last() -> None:
    windows = [10.0, 12.0, *[50.0] * 16, 20.0, 24.0]
    assert ends(windows) == {"sustained_first_ms": 11.0, "sustained_last_ms": 22.0, "slowdown": 2.0}
    assert ends([10.0, 15.0])["slowdown"] == 1.5


def test_a_row_for_each_bundle_holds_its_windows_and_peers_have_none(clock: Clock) -> None:
    (row,) = sustained.sustained([subject(), subject(PEER)], 2.0)
    assert row.benchmark == "sustained"
    assert row.provenance["windows_ms"] == [100.0, 110.0]
    assert row.metrics["sustained_s"] == 2.0
    assert row.metrics["slowdown"] == pytest.approx(1.1)


def test_no_seconds_give_no_rows() -> None:
    assert sustained.sustained([subject()], 0.0) == []
