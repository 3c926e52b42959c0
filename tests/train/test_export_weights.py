"""Small weight files name no folder of the machine that trained them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CheckpointError, ConfigError
from edge_app.runtime.labels import label
from train.checkpoint import KEY, Description, TrainedModel, without_ids
from train.export_weights import export_run, placeless
from train.models.create import build

TRAINED = TrainedModel(
    module=torch.nn.Identity(), arch="mobilevitv2_050", labels=(label("nv"), label("mel")),
    fit=FitRule(side_px=64, resize_px=73), mean=(0.5,) * 3, std=(0.5,) * 3, sha256="", run_dir=None,
    splits={"data": "ham10000:some/place/ham10000", "splits": {"train": {"ids": ["ISIC_1"], "photos": ["a"]}}},
    training_data="HAM10000", licence="CC BY-NC 4.0",
    provenance={"command": ["train", "--data", "ham10000:some/place/ham10000", "--init", "/a/b.npz"], "commit": "abc"},
)  # fmt: skip


def test_placeless_keeps_the_last_folder_only() -> None:
    assert placeless(TRAINED).provenance == {
        "command": ["train", "--data", "ham10000:ham10000", "--init", "b.npz"], "commit": "abc",
        "data": "ham10000:ham10000",
    }  # fmt: skip


def test_placeless_keeps_the_last_folder_of_each_when_data_are_joined() -> None:
    data = "ham10000:some/place/ham+folder:other/place/mine"
    facts = {"command": ["train", "--data", data], "data": data}
    shown = placeless(replace(TRAINED, provenance=facts)).provenance
    assert shown == {"command": ["train", "--data", "ham10000:ham+folder:mine"], "data": "ham10000:ham+folder:mine"}
    assert without_ids({"data": data, "splits": {}})["data"] == "ham10000:+folder:"


def test_lists_lose_ids_and_place_but_not_hashes() -> None:
    assert TRAINED.splits is not None
    lists = without_ids(TRAINED.splits)
    assert (lists["data"], lists["splits"]) == ("ham10000:", {"train": {"ids": None, "photos": ["a"]}})


def test_a_teacher_loses_its_place_too() -> None:
    command = ["train", "--init", "/some/a+b/i.npz", "--set", "objective.teacher=/some/of my runs/t/best.ckpt"]
    facts = {"command": command, "recipe": {"objective": {"teacher": "/some/of my runs/t/best.ckpt"}}}
    shown = placeless(replace(TRAINED, provenance=facts)).provenance
    assert shown["command"] == ["train", "--init", "i.npz", "--set", "objective.teacher=best.ckpt"]
    assert shown["recipe"] == {"objective": {"teacher": "best.ckpt"}}


def test_phantoms_keep_their_spelling() -> None:
    phantoms = replace(TRAINED, splits={"data": "phantom:3:5", "splits": {}}, provenance={"data": "phantom:3:5"})
    assert placeless(phantoms).provenance == {"data": "phantom:3:5"}
    assert without_ids({"data": "phantom:3:5", "splits": {}})["data"] == "phantom:3:5"


def test_export_refuses_another_suffix_and_a_run_without_lists(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must end in .safetensors"):
        export_run(tmp_path, tmp_path / "a.pth", data=None, note="")
    described = Description(arch="mobilevitv2_050", labels=TRAINED.labels, fit=TRAINED.fit, mean=TRAINED.mean,
                            std=TRAINED.std, training_data="x", licence="x")  # fmt: skip
    state = {f"objective.model.{name}": value for name, value in build("mobilevitv2_050", 2).state_dict().items()}
    torch.save({KEY: described.to_json(), "state_dict": state}, tmp_path / "best.ckpt")
    with pytest.raises(CheckpointError, match="has no split lists"):
        export_run(tmp_path / "best.ckpt", tmp_path / "a.safetensors", data=None, note="")
    assert [path.name for path in tmp_path.iterdir()] == ["best.ckpt"]
