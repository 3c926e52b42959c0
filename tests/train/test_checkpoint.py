"""Models as files: what comes back, what is refused, what small files leave out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CheckpointError, DataError
from edge_app.runtime.labels import LABELS_14
from train.checkpoint import KEY, PREFIX, Description, TrainedModel, load_checkpoint
from train.cli import main
from train.data.run_spec import open_split
from train.data.spec import open_data
from train.data.splits import split
from train.evaluate.answers import float_logits
from train.models.create import build
from train.run_data import split_lists

DATA = "phantom:3:5"


@pytest.fixture(scope="module")
def content() -> dict[str, object]:
    """An untrained model as a run would keep it."""
    torch.manual_seed(0)
    dataset = open_data(DATA)
    described = Description(
        arch="mobilevitv2_050", labels=LABELS_14, fit=FitRule(side_px=64, resize_px=73), mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225), training_data="phantoms", licence="MIT (generated)",
        provenance={"command": ["python", "-m", "train"], "seed": 0}, splits=split_lists(dataset, split(dataset, 0), 0),
    )  # fmt: skip
    state = {PREFIX + name: value for name, value in build("mobilevitv2_050", 14).state_dict().items()}
    return {KEY: described.to_json(), "state_dict": state}


@pytest.fixture
def checkpoint(tmp_path: Path, content: dict[str, object]) -> Path:
    torch.save(content, tmp_path / "best.ckpt")
    return tmp_path / "best.ckpt"


def test_load_gives_the_model_and_what_it_says_of_itself(checkpoint: Path) -> None:
    trained = load_checkpoint(checkpoint)
    assert isinstance(trained, TrainedModel)
    assert (trained.labels, trained.fit) == (LABELS_14, FitRule(side_px=64, resize_px=73))
    assert trained.module(torch.zeros(1, 3, 64, 64)).shape == (1, 14)
    assert not trained.module.training


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_load_refuses_when_the_file_is_cut_short(checkpoint: Path, share: float) -> None:
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match="cannot be read: damaged, cut short, or no checkpoint"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("arch", ["mobilevitv2_075", "resnet18"])
def test_load_refuses_when_the_weights_are_of_another_architecture(
    tmp_path: Path, content: dict[str, object], arch: str
) -> None:
    text = json.dumps({**json.loads(str(content[KEY])), "arch": arch})
    torch.save({**content, KEY: text}, tmp_path / "other.ckpt")
    with pytest.raises(CheckpointError, match=f"is no {arch} as it says"):
        load_checkpoint(tmp_path / "other.ckpt")


@pytest.mark.parametrize("spoilt", ["{", "[]", "{}", '{"schema_version": 9}', '{"schema_version": 1, "arch": "x"}'])
def test_load_refuses_when_the_description_is_broken(tmp_path: Path, content: dict[str, object], spoilt: str) -> None:
    torch.save({**content, KEY: spoilt}, tmp_path / "spoilt.ckpt")
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(tmp_path / "spoilt.ckpt")
    assert "\n" not in str(caught.value)


def test_load_refuses_what_is_no_checkpoint_of_ours(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        load_checkpoint(tmp_path / "none.ckpt")
    torch.save({"state_dict": {}}, tmp_path / "foreign.ckpt")
    with pytest.raises(CheckpointError, match="not one of dermedge's"):
        load_checkpoint(tmp_path / "foreign.ckpt")


def test_export_weights_keeps_hashes_and_the_figures_of_the_rounded_weights(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "assets" / "small.safetensors"
    assert main(["export-weights", "--run", str(checkpoint), "--out", str(out), "--note", "for tests"]) == 0
    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    lists = json.loads((tmp_path / "assets" / "small.splits.json").read_text(encoding="utf-8"))
    assert {name: part["ids"] for name, part in lists["splits"].items()} == {"train": None, "val": None, "test": None}
    assert card["note"] == "for tests"
    trained = load_checkpoint(out)
    assert all(torch.equal(value, value.half().float()) for value in trained.module.state_dict().values()
               if value.is_floating_point())  # fmt: skip
    dataset = open_split("run@test", trained)
    labels = np.array([s.label for s in dataset.samples])
    accuracy = float((float_logits(trained, dataset).argmax(1) == labels).mean())
    assert card["figures"]["test"]["accuracy"] == pytest.approx(accuracy)
    out.with_suffix(".json").unlink()
    with pytest.raises(CheckpointError, match="description small.json and whole lists small.splits.json beside it"):
        load_checkpoint(out)
    assert "test accuracy" in capsys.readouterr().out


def test_open_split_refuses_when_the_data_are_others_or_the_class_is_unknown(checkpoint: Path) -> None:
    trained = load_checkpoint(checkpoint)
    with pytest.raises(DataError, match="run@test: 0 of .* photos are there; name the run's own data"):
        open_split("run@test", trained, "phantom:3:6")
    with pytest.raises(Exception, match="allowed: run@train, run@val, run@test"):
        open_split("run@all", trained)
    few = TrainedModel(
        **{**{n: getattr(trained, n) for n in TrainedModel.__dataclass_fields__}, "labels": LABELS_14[:3]}
    )
    with pytest.raises(DataError, match="the model does not know chickenpox"):
        open_split("phantom:1", few)


def test_open_split_cuts_other_data_as_a_run_of_the_same_seed_would(checkpoint: Path) -> None:
    trained = load_checkpoint(checkpoint)
    parts = split(open_data("phantom:5:9"), 0).named()
    assert [s.id for s in open_split("phantom:5:9@val", trained).samples] == [s.id for s in parts["val"]]
    assert len(open_split("phantom:5:9", trained).samples) == 70
