from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cli import main
from benchmarks.compare import changes, verdict
from benchmarks.floor import SGEMM
from benchmarks.rows import write_rows
from edge_app.runtime.timing import BenchmarkRow
from tests.benchmarks.latency_rows import row

STEADY = (10.0, 10.1, 9.9, 10.0, 10.0, 10.0)


def scaled(by: float) -> tuple[float, ...]:
    return tuple(by * ms for ms in STEADY)


def floor(by: float, run: str) -> BenchmarkRow:
    return row("floor", made_by=SGEMM, target="floor", rounds_ms=scaled(by), run=run)


def test_a_file_that_takes_longer_beyond_noise_is_slower() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [row(rounds_ms=scaled(1.2))], 0.05)
    assert found.ratio.value == pytest.approx(1.2)
    assert found.is_slower and not found.is_faster


def test_a_difference_within_noise_is_nothing() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [row(rounds_ms=scaled(1.04))], 0.05)
    assert not found.is_slower and not found.is_faster


def test_too_few_rounds_are_neither_slower_nor_faster() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [row(rounds_ms=scaled(3.0)[:5])], 0.05)
    assert not found.is_slower and not found.is_faster
    assert verdict(found) == "too few rounds"


def test_a_slower_machine_is_no_slower_file() -> None:
    old, new = [row(rounds_ms=STEADY), floor(0.5, "one")], [row(rounds_ms=scaled(2), run="two"), floor(1.0, "two")]
    (found,) = changes(old, new, 0.05)
    assert found.ratio.value == pytest.approx(1.0)


def test_each_network_is_held_against_the_floor_of_its_own_run() -> None:
    other = ("swin_tiny_patch4_window7_224", 224)
    slow = row("floor", made_by=SGEMM, target="floor", network=other, rounds_ms=scaled(5), run="one")
    old = [slow, row(network=other, rounds_ms=scaled(4)), row(rounds_ms=STEADY), floor(0.5, "one")]
    new = [floor(1.0, "two"), row(rounds_ms=scaled(2), run="two"), row(network=other, rounds_ms=scaled(4), run="two")]
    assert [one.ratio.value for one in changes(old, new, 0.05)] == pytest.approx([1.0, 1.0])


def test_a_run_without_floors_is_held_against_milliseconds() -> None:
    old = [row(rounds_ms=STEADY), floor(0.5, "one")]
    (found,) = changes(old, [row(rounds_ms=STEADY, run="two")], 0.05)
    assert found.ratio.value == pytest.approx(1.0)


def test_an_appended_run_without_floors_does_not_hide_the_one_that_has_them() -> None:
    old = [row(rounds_ms=STEADY), floor(0.5, "one"), row(rounds_ms=scaled(3), run="alone")]
    new = [row(rounds_ms=scaled(2), run="two"), floor(1.0, "two")]
    (found,) = changes(old, new, 0.05)
    assert found.ratio.value == pytest.approx(1.0)


def test_files_of_one_side_only_are_left_out() -> None:
    assert changes([row(scheme="static8")], [row(scheme="fp32")], 0.05) == []


def test_compare_exits_1_when_something_got_slower(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, by in (("old", 1.0), ("slow", 1.3), ("fast", 0.7)):
        write_rows([row(rounds_ms=scaled(by))], tmp_path / name / "latency.jsonl")
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "slow")]) == 1
    assert "SLOWER" in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "fast")]) == 0
