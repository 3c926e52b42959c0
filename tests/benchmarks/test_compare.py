from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cli import main
from benchmarks.compare import AS_BEFORE, FASTER, NOT_COMPARABLE, SLOWER, changes, table
from benchmarks.floor import SGEMM
from benchmarks.ratios import TOO_FEW
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
    assert found.verdict == SLOWER


def test_a_difference_within_noise_is_nothing() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [row(rounds_ms=scaled(1.04))], 0.05)
    assert found.verdict == AS_BEFORE


def test_too_few_rounds_are_neither_slower_nor_faster() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [row(rounds_ms=scaled(3.0)[:5])], 0.05)
    assert found.verdict == TOO_FEW


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
    assert FASTER in capsys.readouterr().out


def elsewhere(one: BenchmarkRow) -> BenchmarkRow:
    """The row as another machine would have written it."""
    return replace(one, machine={"processor": "q", "cores": 8, "system": "s"})


def test_times_on_two_machines_are_not_comparable() -> None:
    (found,) = changes([row(rounds_ms=STEADY)], [elsewhere(row(rounds_ms=scaled(3.0)))], 0.05)
    assert found.verdict == NOT_COMPARABLE
    assert list(table([found]).columns[3].cells) == [""]


def test_floors_of_two_machines_are_compared_and_the_machines_are_named() -> None:
    old = [row(rounds_ms=STEADY), floor(0.5, "one")]
    new = [elsewhere(row(rounds_ms=scaled(2), run="two")), elsewhere(floor(1.0, "two"))]
    (found,) = changes(old, new, 0.05)
    assert (found.in_floors, found.verdict) == (True, AS_BEFORE)
    assert table([found]).title == "New over old; old is of another machine (p, 2 cores, s) than new (q, 8 cores, s)"


def test_another_memory_or_python_is_no_other_machine() -> None:
    more = replace(row(rounds_ms=STEADY), machine={**row().machine, "memory_gb": 16.0, "python": "3.13"})
    (found,) = changes([row(rounds_ms=STEADY)], [more], 0.05)
    assert (found.verdict, found.machines) == (AS_BEFORE, ())


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ([elsewhere(row(rounds_ms=scaled(3.0)))], "old is of another machine (p, 2 cores, s) than new (q, 8 cores, s)"),
        ([row(rounds_ms=(30.0,))], "each has too few rounds"),
    ],
)
def test_nothing_that_can_be_judged_is_exit_2(
    new: list[BenchmarkRow], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows([row(rounds_ms=STEADY)], tmp_path / "old" / "latency.jsonl")
    write_rows(new, tmp_path / "new" / "latency.jsonl")
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "new")]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"error: no file can be compared: {why}") and said.err.count("\n") == 1
    assert "SLOWER" not in said.out


def test_files_that_are_judged_count_beside_those_that_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swin = ("swin_tiny_patch4_window7_224", 224)
    write_rows([row(rounds_ms=STEADY), floor(0.5, "one"), row(network=swin)], tmp_path / "old" / "latency.jsonl")
    new = [row(rounds_ms=scaled(3), run="two"), floor(1.0, "two"), row(network=swin, rounds_ms=scaled(9), run="two")]
    write_rows([elsewhere(one) for one in new], tmp_path / "new" / "latency.jsonl")
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    said = capsys.readouterr()
    assert said.err.endswith("than new (q, 8 cores, s): 1 of 2 files are compared, in floors\n")
    assert (said.out.count("SLOWER"), said.out.count("not comparable")) == (1, 1)
