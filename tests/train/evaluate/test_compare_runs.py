"""Run folders are compared by what their best checkpoints answer to their own test photos."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from edge_app.runtime.card import FitRule
from train.checkpoint import KEY, PREFIX, Description
from train.cli import main
from train.data.spec import open_data, parse
from train.data.splits import split
from train.models.create import build
from train.run_data import split_lists

DATA = "phantom:3"


def write_run(folder: Path, weights_seed: int, split_seed: int = 0) -> Path:
    """A run folder whose network has random weights."""
    dataset = open_data(parse(DATA))
    lists = split_lists(dataset, split(dataset, split_seed), split_seed)
    torch.manual_seed(weights_seed)
    state = build("mobilevitv2_050", len(dataset.labels)).state_dict()
    described = Description(
        arch="mobilevitv2_050", labels=dataset.labels, fit=FitRule(side_px=32, resize_px=32), mean=(0.5,) * 3,
        std=(0.25,) * 3, training_data="phantoms", licence="MIT", splits=lists,
    )  # fmt: skip
    folder.mkdir()
    content = {KEY: described.to_json(), "state_dict": {PREFIX + name: tensor for name, tensor in state.items()}}
    torch.save(content, folder / "best.ckpt")
    return folder


def test_runs_are_compared_on_their_test_photos_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = write_run(tmp_path / "a", 1), write_run(tmp_path / "b", 2)
    assert main(["compare", str(first), str(second), "--replicates", "100"]) == 0
    said = capsys.readouterr().out
    assert "14 photos of 14 lesions or patients" in said and "recall mpox" in said
    assert main(["compare", str(first), str(first), "--replicates", "100"]) == 0
    assert "0 photos right in A alone, 0 in B alone" in capsys.readouterr().out
    assert main(["compare", str(first), str(first), "--replicates", "100", "--seed", "-1"]) == 2
    assert "--seed is -1; allowed: 0 or more" in capsys.readouterr().err
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "predictions.csv").write_text("photo\n")
    assert main(["compare", str(first), str(tmp_path / "evaluation")]) == 2
    assert "are a run and an evaluation" in capsys.readouterr().err
    other = write_run(tmp_path / "c", 1, split_seed=5)
    assert main(["compare", str(first), str(other)]) == 2
    assert "are of different photos" in capsys.readouterr().err
