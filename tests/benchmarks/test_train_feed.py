"""The training benchmark: figures of turns, stopwatch, and one tiny measurement end to end."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from benchmarks import cli
from benchmarks.rows import read_rows
from benchmarks.train_command import verdict_of
from benchmarks.train_turns import WAYS, Stopwatch, Turns
from edge_app.runtime.schema import schema


def turns() -> Turns:
    seconds = {"real": [2.0, 4.0, 3.0], "bare": [1.8, 3.0, 3.0], "timm": [4.0, 8.0, 3.0]}
    waited = {"real": [0.1, 0.2, 0.15], "bare": [0.0] * 3, "timm": [1.0, 2.0, 0.0]}
    cpu = {"real": [1.0, 1.0, 2.0], "bare": [0.9, 0.9, 1.8], "timm": [0.5, 0.5, 1.0]}
    return Turns(seconds, waited, [0.2, 0.4, 0.3], cpu)


def test_metrics_are_medians_of_rounds_and_shares_of_sums() -> None:
    found = turns().metrics(photos=12)
    assert found["real_photos_per_s"] == 4.0
    assert found["real_of_bare"] == pytest.approx(0.9)
    assert (found["real_of_bare_min"], found["real_of_bare_max"]) == (0.75, 1.0)
    assert found["real_of_bare_total"] == pytest.approx(7.8 / 9.0)
    assert found["real_of_timm"] == 2.0
    assert (found["real_of_bare_cpu"], found["real_of_timm_cpu"]) == (pytest.approx(0.9), 0.5)
    assert found["real_waiting_share"] == pytest.approx(0.05)
    assert found["timm_waiting_share"] == pytest.approx(0.2)
    assert found["real_augmenting_share"] == pytest.approx(0.1)


def test_stopwatch_counts_waiting_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("benchmarks.train_turns.time.perf_counter", lambda: now[0])

    def slow() -> object:
        for number in range(3):
            now[0] += 1.0
            yield number

    watch, seen = Stopwatch(), []
    for number in watch.waits(slow()):  # type: ignore[arg-type]
        now[0] += 10.0
        seen.append(number)
    assert (seen, watch.seconds) == ([0, 1, 2], 3.0)


@pytest.mark.slow
def test_train_writes_a_row_with_all_three_ways(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMEDGE_CACHE", "off")
    sets = ["--set", "model.arch=test_efficientnet", "--set", "model.side_px=32", "--set", "fit.batch_size=4",
            "--set", "fit.accelerator=cpu"]  # fmt: skip
    small = ["--rounds", "2", "--steps", "1", "--lead", "1", "--workers", "1", "--data", "phantom:4"]
    assert cli.main(["train", *sets, *small, "--out", str(tmp_path)]) == 0
    line = (tmp_path / "train.jsonl").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(line), schema("benchmark_row"))
    row = read_rows(tmp_path / "train.jsonl")[0]
    assert (row.benchmark, row.model, row.target, row.metrics["rounds"]) == ("train", "test_efficientnet", "cpu", 2)
    assert all(row.metrics[f"{way}_photos_per_s"] > 0 for way in WAYS)
    assert row.metrics["bare_waiting_share"] == 0.0
    assert "goal: at least 0.95 of the bare step" in capsys.readouterr().out


def test_verdict_says_missed_below_the_goal() -> None:
    from edge_app.runtime.timing import BenchmarkRow

    row = BenchmarkRow(
        benchmark="train", model="m", backend="torch", target="cpu", scheme="32-true", threads=1,
        metrics=turns().metrics(12),
    )  # fmt: skip
    assert "0.900 (by the processor's time 0.900), missed" in verdict_of(row)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "0"], "--steps is 0; allowed: 1 to 1000000"),
        (["--lead", "-1"], "--lead is -1; allowed: 1 to 1000000"),
        (["--workers", "0"], "--workers is 0; allowed: 1 to 256"),
        (["--rounds", "-1"], "--rounds is -1; allowed: 1 to 1000000"),
        (["--set", "fit.epoch=1"], "there is no such setting"),
        (["--data", "nothing:here"], "nothing"),
        (["--recipe", "no_such"], "no_such"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", *words]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert said in told[0]
