"""Whole sweeps on tiny data: tables, going on, trainings that fail."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.train.sweep.test_grid import SMALL, written
from train.cli import main
from train.data.spec import parse_whole
from train.evaluate.metrics import balanced_accuracy, confusion
from train.sweep import trial
from train.sweep.attempt import Work
from train.sweep.grid import load_grid, trials_of
from train.sweep.run import run_trials
from train.sweep.table import table_of
from train.sweep.trial import Answers, completed, place_of, read_answers

TINY = SMALL.replace('"fit.epochs" = 2', '"fit.epochs" = 2, "model.side_px" = 32, "fit.accelerator" = "cpu"')


def sweep(tmp_path: Path, data: str, text: str = TINY) -> int:
    words = ["--grid", written(tmp_path, text), "--data", data, "--out", str(tmp_path / "out"), "--init", "none",
             "--address", "none"]  # fmt: skip
    return main(["sweep", *words])


def answers(labels: list[int], predicted: list[int], groups: list[str]) -> Answers:
    return Answers(np.array(labels), np.eye(2, dtype=np.float32)[predicted], groups, ["a", "b"], "c0ffee")


@pytest.mark.slow
def test_sweep_writes_tables_goes_on_where_it_was_and_keeps_the_rest_when_one_fails(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fit_head, calls = trial.head.fit_head, []

    def failing(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 3:
            raise RuntimeError("out of luck")
        return fit_head(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(trial.head, "fit_head", failing)
    data = f"ham10000:{ham_folder}"
    assert sweep(tmp_path, data) == 4
    assert "failed: CE-none_seed4_repeat1of2: RuntimeError: out of luck" in capfd.readouterr().err
    assert len(list((tmp_path / "out").glob("*.npz"))) == 15
    assert sweep(tmp_path, data) == 0
    assert len(calls) == 17
    with (tmp_path / "out" / "sweep.csv").open(encoding="utf-8") as file:
        rows = {row["cell"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["CE, none", "CE, CB", "FL, none", "FL, CB"]
    found = [read_answers(path) for path in sorted((tmp_path / "out").glob("FL-CB_*.npz"))]
    expected = np.mean([balanced_accuracy(confusion(a.labels, a.logits.argmax(1), 7)) for a in found])
    assert float(rows["FL, CB"]["balanced accuracy"]) == pytest.approx(expected, abs=1e-6)
    assert rows["CE, none"]["accuracy difference"] == ""
    assert all(row["commit"] for row in rows.values())
    assert "<svg" in (tmp_path / "out" / "sweep.html").read_text("utf-8")
    assert str(tmp_path) not in (tmp_path / "out" / "sweep.md").read_text("utf-8")
    assert sweep(tmp_path, data, TINY.replace('"fit.epochs" = 2', '"fit.epochs" = 3')) == 2
    assert "is of another recipe or other data" in capfd.readouterr().err


def test_a_trial_that_is_older_than_a_setting_has_its_default() -> None:
    old = {"recipe": {"fit": {"epochs": 3}}, "cut": ""}
    assert completed(old) == completed({"recipe": {"fit": {"epochs": 3, "clip_norm": 0.0}}, "cut": ""})
    assert completed(old) != completed({"recipe": {"fit": {"epochs": 3, "clip_norm": 1.0}}, "cut": ""})
    assert completed(old) != completed({**old, "cut": "repeat1of2"})


def test_a_trial_that_is_older_than_the_commit_on_rows_is_still_read(tmp_path: Path) -> None:
    place = tmp_path / "old.npz"
    np.savez(place, labels=[0, 1], logits=np.eye(2), groups=["a", "b"], codes=["mel", "nv"])
    assert read_answers(place).commit == "unknown"


@pytest.mark.slow
def test_ablation_of_dual_weighting_trains_two_steps_in_each_cell(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"model.arch": "mobilevitv2_050", "model.side_px": 32, "fit.epochs": 1, "fit.batch_size": 14,
             "fit.accelerator": "cpu", "fit.threads": 1, "sampler.epoch_multiplier": 1.0}  # fmt: skip
    monkeypatch.setattr(trial.fit, "report", lambda *arguments: {})
    trials = trials_of(load_grid("dual_weighting").model_copy(update={"settings": small, "seeds": [0]}))
    work = Work(parse_whole(f"ham10000:{ham_folder}"), tmp_path / "out", "none", "test")
    assert run_trials(trials, work, "none") == {}
    found = {t.cell: read_answers(place_of(t, tmp_path / "out")) for t in trials}
    assert list(found) == ["neither", "sampler", "loss", "both"]
    logits = [answers.logits for answers in found.values()]
    assert all(not np.array_equal(one, other) for one, other in itertools.combinations(logits, 2))
    assert all(np.array_equal(answers.labels, found["both"].labels) for answers in found.values())


def test_sweep_refuses_data_that_are_cut_already_or_not_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sweep(tmp_path, "phantom:6@fold1of2") == 2
    assert "a grid has its own: write it into cuts" in capfd.readouterr().err
    assert sweep(tmp_path, f"ham10000:{tmp_path / 'nowhere'}") == 2
    assert not (tmp_path / "out").exists()


def test_sweep_refuses_initial_weights_that_are_not_there_before_it_trains(
    tmp_path: Path, ham_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--grid", "frozen_mobilenetv2", "--data", f"ham10000:{ham_folder}", "--out", str(tmp_path / "out")]
    assert main(["sweep", *words, "--init", str(tmp_path / "no.npz"), "--address", "none"]) == 2
    said = capfd.readouterr().err
    assert said.startswith(f"error: initial weights {tmp_path / 'no.npz'} do not exist; ")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_table_gives_means_and_paired_differences_by_hand() -> None:
    # The first training has 3 of 4 right: recalls 1 and 1/2; the second 2 of 4: recalls 1 and 0.
    one = answers([0, 0, 1, 1], [0, 0, 1, 0], ["p", "q", "r", "s"])
    two = answers([0, 0, 1, 1], [0, 0, 0, 0], ["p", "q", "r", "s"])
    base, other = table_of({"base": [one, two], "other": [one, one]}, "base")
    assert base.figures["accuracy"].value == pytest.approx((0.75 + 0.5) / 2)
    assert base.figures["balanced accuracy"].value == pytest.approx((0.75 + 0.5) / 2)
    # Precisions 2/3 and 1, then 1/2 and 0 for the class that is never answered.
    assert base.figures["mean precision"].value == pytest.approx((5 / 6 + 1 / 4) / 2)
    assert base.differences is None
    assert base.reach["accuracy"] == (0.5, 0.75)
    assert other.differences is not None
    assert other.differences["accuracy"].value == pytest.approx(0.125)
    assert [recall.value for recall in other.recalls] == [1.0, 0.5]
    # F1 of the first training: 2 * 2 / (3 + 2) and 2 * 1 / (1 + 2).
    assert [f1.value for f1 in other.f1s] == pytest.approx([4 / 5, 2 / 3])
    assert other.count == 2


def test_equal_cells_differ_by_nothing_in_every_resampling() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    same = answers(labels.tolist(), predicted.tolist(), [f"g{k // 2}" for k in range(60)])
    _, other = table_of({"base": [same], "other": [same]}, "base")
    assert other.differences is not None
    gap = other.differences["balanced accuracy"]
    assert (gap.value, gap.low, gap.method) == (0.0, None, "at its limit")
    spread = other.figures["balanced accuracy"]
    assert spread.low is not None
    assert spread.high is not None
    assert spread.value is not None
    assert spread.low < spread.value < spread.high


def test_recall_of_a_class_that_is_never_found_has_wilsons_interval() -> None:
    never = answers([0, 0, 1, 1], [0, 0, 0, 0], ["p", "q", "r", "s"])
    (row,) = table_of({"only": [never]}, "only")
    # 0 of 2 lesions: z**2 / (n + z**2) = 3.8415 / 5.8415.
    assert (row.recalls[1].value, row.recalls[1].low) == (0.0, 0.0)
    assert row.recalls[1].high == pytest.approx(0.6576, abs=1e-4)
