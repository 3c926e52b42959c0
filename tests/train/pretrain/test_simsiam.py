"""SimSiam: its loss by hand, and runs whose weights start others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from train.cli import main
from train.models.create import create
from train.pretrain.simsiam import SimSiam, disagreement, spread

ARCH = "mobilenetv2_100_same"


def test_disagreement_is_minus_the_cosine_and_leaves_the_target_alone() -> None:
    # (3, 4) and (4, 3): cosine 24 / 25.
    prediction, target = torch.tensor([[3.0, 4.0]], requires_grad=True), torch.tensor([[4.0, 3.0]], requires_grad=True)
    loss = disagreement(prediction, target)
    assert loss.item() == pytest.approx(-24 / 25)
    loss.backward()
    assert prediction.grad is not None
    assert target.grad is None


def test_spread_is_1_for_answers_all_over_and_0_for_one_answer() -> None:
    assert spread(torch.randn(2000, 16, generator=torch.Generator().manual_seed(0))) == pytest.approx(1.0, abs=0.02)
    assert spread(torch.tensor([[1.0, 2.0]]).expand(5, 2)) == pytest.approx(0.0, abs=1e-6)


def test_views_that_are_alike_lose_what_one_view_loses() -> None:
    torch.manual_seed(0)
    model, _ = create(ARCH, 2, pretrained=False, init="none")
    learner, images = SimSiam(model, 16).eval(), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        loss, _ = learner(images, images)
        z = learner.projected(images)
        assert float(loss) == pytest.approx(float(disagreement(learner.predictor(z), z)), abs=1e-6)


def pretrain(data: str, out: Path, *more: str) -> int:
    sets = ("model.side_px=32", "model.resize_px=32", "fit.batch_size=4", "fit.threads=1", "fit.accelerator=cpu",
            "objective.width=16")  # fmt: skip
    words = [word for setting in sets for word in ("--set", setting)]
    return main(["--recipe", "simsiam_mobilenetv2", "--init", "none", "--data", data, "--out", str(out), *words, *more])


@pytest.mark.slow
def test_run_learns_from_training_photos_alone_goes_on_and_starts_others(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    data, epochs = f"ham10000:{ham_folder}", ("--set", "fit.epochs=2")
    assert pretrain(data, tmp_path / "whole", *epochs) == 0
    story = json.loads((tmp_path / "whole" / "pretraining.json").read_text("utf-8"))
    assert [row["epoch"] for row in story["history"]] == [0, 1]
    assert all(-1 <= row["loss"] <= 1 for row in story["history"])
    assert 20 <= story["provenance"]["photos"] < 42
    weights = load_file(tmp_path / "whole" / "backbone.safetensors")
    assert not any(name.startswith("classifier") for name in weights)
    model, origin = create(ARCH, 7, pretrained=True, init=str(tmp_path / "whole" / "backbone.safetensors"))
    assert origin == "weights of backbone.safetensors"
    assert torch.equal(model.state_dict()["conv_stem.weight"], weights["conv_stem.weight"])

    from train.pretrain import run

    def cut(*arguments: object) -> dict[str, float]:
        if arguments[-1] == 1:
            raise KeyboardInterrupt
        return learn_epoch(*arguments)  # type: ignore[arg-type]

    learn_epoch = run.learn_epoch
    monkeypatch.setattr(run, "learn_epoch", cut)
    assert pretrain(data, tmp_path / "cut", *epochs) == 130
    monkeypatch.undo()
    assert pretrain(data, tmp_path / "cut", *epochs, "--resume") == 0
    again = load_file(tmp_path / "cut" / "backbone.safetensors")
    assert all(torch.equal(tensor, again[name]) for name, tensor in weights.items())


def test_photos_without_classes_are_all_used(
    tmp_path: Path, ham_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bare").mkdir()
    (ham_folder / "images").rename(tmp_path / "bare" / "photos")
    assert pretrain(f"folder:{tmp_path / 'bare'}", tmp_path / "run", "--set", "fit.epochs=1") == 0
    assert "42 photos; on cpu" in capfd.readouterr().err
