"""Whole runs on tiny data: what they leave, that they repeat, that they resume."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.runtime.labels import LABELS_14
from tests.train.small_run import train
from train.checkpoint import load_checkpoint
from train.data.run_spec import open_split
from train.evaluate.answers import float_logits
from train.module import Training
from train.objectives.plain import Plain, StepOutput

DATA = "phantom:4:1"


class Killed(RuntimeError):
    """Stands for a process that ends in the middle of an epoch."""


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished run."""
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("runs") / "run"
    assert train(DATA, out) == 0
    return out


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).module.state_dict()


@pytest.mark.slow
def test_run_leaves_recipe_checkpoints_metrics_plots_and_lists(run_dir: Path) -> None:
    found = {str(path.relative_to(run_dir)) for path in run_dir.rglob("*") if path.is_file()}
    plots = {"learning_curves", "class_weights", "grad_cam", "confusion_training", "confusion_validation",
             "confusion_test"}  # fmt: skip
    wanted = {"recipe.json", "splits.json", "best.ckpt", "last.ckpt", "metrics.json"}
    assert wanted | {f"plots/{name}.png" for name in plots} <= found
    assert any(name.startswith("logs/tensorboard/") for name in found)
    assert any(name.endswith("metrics.csv") for name in found)
    metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
    assert {"accuracy", "balanced_accuracy", "weighted_f1", "macro_f1", "weighted_auc", "macro_auc", "mcc", "ece",
            "classes"} <= set(metrics["test"])  # fmt: skip
    assert [row["epoch"] for row in metrics["history"]] == [0, 1]
    facts = metrics["provenance"]
    assert facts["seed"] == 0
    assert len(facts["data_sha256"]) == 64
    assert {"torch", "timm", "python"} <= set(facts["versions"])


@pytest.mark.slow
def test_checkpoint_gives_the_reported_figures_on_run_test(run_dir: Path) -> None:
    trained = load_checkpoint(run_dir / "best.ckpt")
    dataset = open_split("run@test", trained)
    lists = json.loads((run_dir / "splits.json").read_text(encoding="utf-8"))["splits"]
    assert [s.id for s in dataset.samples] == lists["test"]["ids"]
    labels = np.array([s.label for s in dataset.samples])
    accuracy = float((float_logits(trained, dataset).argmax(1) == labels).mean())
    metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
    assert accuracy == pytest.approx(metrics["test"]["accuracy"])
    assert (trained.arch, trained.fit.side_px, trained.fit.resize_px) == ("mobilevitv2_050", 64, 73)
    assert trained.run_dir == run_dir
    assert len(trained.sha256) == 64


@pytest.mark.slow
def test_run_repeats_to_the_bit_and_a_killed_one_resumes_to_the_same_weights(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Training.training_step

    def dying_step(self: Training, batch: object, index: int) -> torch.Tensor:
        if self.current_epoch == 1 and index == 1:
            raise Killed
        return step(self, batch, index)  # type: ignore[arg-type]

    monkeypatch.setattr(Training, "training_step", dying_step)
    with pytest.raises(Killed):
        train(DATA, tmp_path / "cut")
    monkeypatch.undo()
    assert not (tmp_path / "cut" / "metrics.json").exists()
    shutil.copytree(tmp_path / "cut", tmp_path / "other")
    assert train(DATA, tmp_path / "cut", "--resume") == 0
    whole, resumed = weights(run_dir / "last.ckpt"), weights(tmp_path / "cut" / "last.ckpt")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    figures = [json.loads((out / "metrics.json").read_text("utf-8"))["test"] for out in (run_dir, tmp_path / "cut")]
    assert figures[0] == figures[1]
    assert train("phantom:4:2", tmp_path / "other", "--resume") == 2


def test_run_refuses_a_folder_in_use_and_changes_nothing_in_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    assert train(DATA, tmp_path) == 2
    assert "is not empty; continue it with --resume or name a new folder" in capfd.readouterr().err
    assert train(DATA, tmp_path, "--resume") == 2
    assert "is no run folder" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.slow
def test_resume_refuses_when_a_setting_has_changed(run_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert train(DATA, run_dir, "--resume", settings=("fit.batch_size=16",)) == 2
    assert "fit.batch_size was 8 and is 16 now" in capfd.readouterr().err


def test_loss_that_is_no_number_stops_the_run_and_names_the_photos(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    step, seen = Plain.forward, []

    def step_into_nan(self: Plain, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        out = step(self, images, labels)
        seen.append(labels)
        return StepOutput(out.loss * float("nan"), out.logits) if len(seen) == 2 else out

    monkeypatch.setattr(Plain, "forward", step_into_nan)
    assert train(DATA, tmp_path / "run") == 2
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.startswith("error: the loss is no finite number in epoch 1; look at the photos of its batch")
    ids = json.loads((tmp_path / "run" / "not_finite.json").read_text("utf-8"))
    # The ids say the class: those of the second batch, no others.
    labels = [label.code for label in LABELS_14]
    assert {name.split("-")[2] for name in ids} == {labels[k] for k in seen[1].tolist()}
    assert all(name in said for name in ids)
    assert not (tmp_path / "run" / "last.ckpt").exists()


def test_resume_refuses_other_initial_weights_and_a_damaged_checkpoint(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(Training, "training_step", stop)
    with pytest.raises(Killed):
        train(DATA, tmp_path / "cut")
    begun = {"initial_weights": "weights of other.pth", "sha256": "0" * 64}
    (tmp_path / "cut" / "start.json").write_text(json.dumps(begun), encoding="utf-8")
    assert train(DATA, tmp_path / "cut", "--resume") == 2
    assert "began from weights of other.pth, not from random weights" in capfd.readouterr().err.splitlines()[-1]
    (tmp_path / "cut" / "last.ckpt").write_bytes(b"PK\x03\x04 cut short")
    assert train(DATA, tmp_path / "cut", "--resume") == 2
    assert "last.ckpt cannot be read: damaged, cut short" in capfd.readouterr().err.splitlines()[-1]
