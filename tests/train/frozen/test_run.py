"""Frozen runs: the backbone stays to the bit, features are kept, the checkpoint is the network that was judged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.runtime import photo
from train.checkpoint import load_checkpoint
from train.cli import main
from train.config import load_recipe
from train.data.run_spec import open_split
from train.data.sample import photo_of
from train.data.spec import parse_whole
from train.evaluate.answers import float_logits
from train.frozen.head import Rows, fit_head, logits_of
from train.frozen.prepare import prepare
from train.losses.criterion import Criterion
from train.models.create import create
from train.models.shades_of_gray import balanced
from train.run_data import rule_of

SETTINGS = ("model.side_px=32", "fit.epochs=3", "optimizer.lr=1e-2", "fit.accelerator=cpu", "fit.threads=1")


def train(data: str, out: Path, *settings: str) -> int:
    sets = [word for setting in (*SETTINGS, *settings) for word in ("--set", setting)]
    return main(["--recipe", "frozen_mobilenetv2", "--init", "none", "--data", data, "--out", str(out), *sets])


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["mobilenetv2_100_same+fc8", "mobilenetv2_100_same"])
def test_run_leaves_the_network_that_it_judged_and_the_backbone_that_it_began_with(
    tmp_path: Path, ham_folder: Path, arch: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert train(f"ham10000:{ham_folder}", tmp_path / "run", f"model.arch={arch}") == 0
    said = capfd.readouterr()
    assert "classes of fewer than 100 photos, which the paper leaves out: akiec 6, bcc 6" in said.err
    assert "MCC" in said.out
    trained = load_checkpoint(tmp_path / "run" / "best.ckpt")
    torch.manual_seed(0)
    began, _ = create(arch, 7, pretrained=False, init="none", drop=0.3)
    for name, tensor in began.state_dict().items():
        assert name.startswith("classifier") or torch.equal(tensor, trained.module.state_dict()[name]), name
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))
    dataset = open_split("run@val", trained)
    accuracy = float((float_logits(trained, dataset).argmax(1) == [s.label for s in dataset.samples]).mean())
    best = max(metrics["history"], key=lambda row: row["val/weighted_f1"])
    assert accuracy == pytest.approx(metrics["val"]["accuracy"]) == pytest.approx(best["val/accuracy"])


def test_features_are_of_evened_photos_where_the_recipe_evens_them_out(tmp_path: Path, ham_folder: Path) -> None:
    spec, found = parse_whole(f"ham10000:{ham_folder}"), {}
    for colour in ("as_is", "shades_of_gray"):
        recipe = load_recipe("frozen_mobilenetv2", [*SETTINGS, f"model.colour={colour}"])
        found[colour], data = prepare(recipe, spec, "none", "cpu")
    assert data.structure["colour"] == "shades_of_gray"
    sample, rule = data.splits.test[0], rule_of(recipe)
    pixels = torch.from_numpy(photo.fit(photo_of(sample, rule.resize_px), rule)).permute(2, 0, 1)[None] / 255.0
    model = found["as_is"].model.eval()
    with torch.no_grad():
        expected = model.forward_head(model.forward_features((balanced(pixels) - 0.5) / 0.5), pre_logits=True)[0]
    even, plain = (torch.from_numpy(one.features[one.place[sample.id]]) for one in reversed(found.values()))
    assert torch.allclose(even, expected, atol=1e-4)
    assert not torch.allclose(plain, expected, atol=1e-4)


def test_features_are_kept_once_however_the_data_are_cut(
    tmp_path: Path, ham_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMEDGE_CACHE", str(tmp_path / "cache"))
    for cut in ("", "@repeat1of2", "@repeat2of2"):
        recipe = load_recipe("frozen_mobilenetv2", list(SETTINGS))
        frozen, data = prepare(recipe, parse_whole(f"ham10000:{ham_folder}{cut}"), "none", "cpu")
        assert len(list((tmp_path / "cache").glob("*/features.npy"))) == 1
        rows = frozen.rows(data.splits.val)
        assert rows.labels.tolist() == [sample.label for sample in data.splits.val]
        assert rows.features.shape == (len(data.splits.val), 1280)


def test_head_learns_what_features_tell_and_repeats_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(rng.integers(0, 2, 200))
    features = torch.from_numpy(rng.normal(size=(200, 4)).astype(np.float32))
    features[:, 0] += 6.0 * labels
    recipe = load_recipe("frozen_mobilenetv2", ["fit.epochs=10", "optimizer.lr=0.05", "fit.batch_size=20"])
    found = []
    for _ in range(2):
        torch.manual_seed(0)
        head = torch.nn.Linear(4, 2)
        rows = Rows(features, labels)
        fitted = fit_head(head, Criterion(recipe, np.ones(2), np.array([100, 100])), rows, rows, recipe)
        found.append((fitted.last["weight"], [row["train/loss"] for row in fitted.history]))
        assert float((logits_of(head, features).argmax(1) == labels).float().mean()) > 0.98
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_head_stops_when_validation_has_not_improved_for_the_patience() -> None:
    recipe = load_recipe("frozen_mobilenetv2", ["fit.epochs=10", "optimizer.lr=1e-30", "fit.patience=3"])
    rows = Rows(torch.eye(4), torch.tensor([0, 0, 1, 1]))
    fitted = fit_head(torch.nn.Linear(4, 2), Criterion(recipe, np.ones(2), np.array([2, 2])), rows, rows, recipe)
    # The first epoch is the best one, three more are no better.
    assert len(fitted.history) == 4


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("augment.hue=0.1", "model.frozen true with augment: features are computed once"),
        ("ema.decay=0.9", "model.frozen true with ema.decay: a head on features has none"),
        ("fit.accumulate=2", "model.frozen true with fit.accumulate"),
        ("model.arch=resnet50+fc", "model.arch 'resnet50+fc' is no timm model"),
        ("model.arch=dla46_c", "model.frozen needs a network that ends in a linear layer"),
    ],
)
def test_run_refuses_what_a_frozen_network_has_no_use_for(
    setting: str, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert train("phantom:3", tmp_path / "run", setting) == 2
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.startswith("error: ")
    assert message in said
    assert not (tmp_path / "run").exists()
