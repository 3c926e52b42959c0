"""What a run records of its data, and that it can be opened again from that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CheckpointError, ConfigError, DataError
from tests.train.conftest import HAM_CODES
from tests.train.evaluate.grey_photos import Photo, write_ham
from train.checkpoint import TrainedModel, without_ids
from train.config import load_recipe
from train.data.phantom import PhantomSource
from train.data.run_spec import open_split
from train.data.sample import Sample
from train.data.spec import open_data, parse_whole
from train.data.splits import split
from train.run_data import rule_of, split_lists, strata_of

DATA = "phantom:12:3+phantom:6:4@fold2of3"


def trained_on(data: str, label_map: str | None) -> tuple[TrainedModel, list[str]]:
    """A model whose run had `data`, and the ids that it validated with."""
    spec = parse_whole(data, label_map)
    dataset = open_data(spec)
    splits = split(dataset, 5, spec.scheme)
    lists = split_lists(dataset, splits, 5, spec)
    model = TrainedModel(
        module=torch.nn.Identity(), arch="x", labels=dataset.labels, fit=FitRule(side_px=64, resize_px=73),
        mean=(0.5,) * 3, std=(0.5,) * 3, sha256="", run_dir=None,
        splits=lists, training_data="x", licence="",
    )  # fmt: skip
    return model, [sample.id for sample in splits.val]


def test_a_runs_lists_open_again_when_sets_were_joined_merged_and_folded() -> None:
    trained, ids = trained_on(DATA, "derm8")
    again = open_split("run@val", trained)
    assert [sample.id for sample in again.samples] == ids
    assert again.labels == trained.labels
    assert [one.code for one in again.labels] == ["nv", "mel", "bcc", "akiec", "bkl", "scc", "df", "vasc"]
    assert np.all(again.counts() >= 4)


def test_other_data_open_through_the_runs_map_and_are_cut_as_the_run_would() -> None:
    trained, _ = trained_on(DATA, "derm8")
    other = open_split("phantom:30:9@fold1of2:val", trained)
    assert other.labels == trained.labels
    assert other.notes[0].startswith("label map derm8 leaves out 180 of 420 photos")
    assert 8 * 12 <= len(other.samples) <= 8 * 14


def test_classes_that_the_model_lacks_are_left_out_and_counted_when_a_map_is_named() -> None:
    trained, _ = trained_on(DATA, "derm8")
    smaller = replace(trained, labels=trained.labels[:3], splits=None)
    opened = open_split("phantom:2:9", smaller, label_map="derm8")
    assert opened.counts().tolist() == [2, 2, 2]
    assert opened.notes[1] == (
        "10 of 16 photos are left out, of classes that the model does not know: akiec 2, bkl 2, scc 2, df 2, vasc 2"
    )


def test_hashes_tell_data_and_cut_apart() -> None:
    first, _ = trained_on("phantom:6:4", None)
    second, _ = trained_on("phantom:6:4@fold1of3", None)
    merged, _ = trained_on("phantom:6:4", "derm8")
    lists = [model.splits or {} for model in (first, second, merged)]
    assert lists[0]["data_sha256"] == lists[1]["data_sha256"] != lists[2]["data_sha256"]
    assert lists[0]["splits_sha256"] != lists[1]["splits_sha256"]
    assert [part["scheme"] for part in lists] == ["", "fold1of3", ""]


def test_a_runs_photos_are_refused_when_their_classes_have_changed(tmp_path: Path) -> None:
    photos = [Photo(code, 0) for code in HAM_CODES for _ in range(3)]
    trained, _ = trained_on(write_ham(tmp_path / "data", photos), None)
    table = tmp_path / "data" / "HAM10000_metadata.csv"
    lists = trained.splits or {}
    changed = lists["splits"]["test"]["ids"][0]
    was = photos[int(changed[1:])].truth
    now = "mel" if was == "nv" else "nv"
    assert len(open_split("run@test", trained).samples) == len(lists["splits"]["test"]["ids"])
    table.write_text(table.read_text().replace(f"{changed},{was}", f"{changed},{now}"))
    said = f"have another class than in the run .first: {changed}, was {was}, is {now}"
    with pytest.raises(DataError, match=said):
        open_split("run@test", trained)
    with pytest.raises(DataError, match=said):
        open_split("run@test", replace(trained, splits=without_ids(lists)), f"ham10000:{tmp_path / 'data'}")
    assert len(open_split("run@val", trained).samples) == len(lists["splits"]["val"]["ids"])


@pytest.mark.parametrize("part", [None, {}, {"ids": None, "photos": 3}, {"ids": ["a"], "photos": []}, [1]])
def test_damaged_lists_are_refused_in_one_line(part: object) -> None:
    trained, _ = trained_on("phantom:6:4", None)
    damaged = replace(trained, splits={**(trained.splits or {}), "splits": {"val": part}})
    for name in ("val", "test"):
        with pytest.raises(CheckpointError, match=f"run@{name} of the checkpoint is missing or damaged"):
            open_split(f"run@{name}", damaged)


def test_strata_are_classes_or_pairs_of_class_and_way_of_taking() -> None:
    taken = [(0, "phone"), (0, "dermoscopy"), (1, None), (0, "phone"), (1, "phone")]
    samples = [
        Sample(str(k), label, str(k), PhantomSource("nv", 0, 0, 32), metadata={"acquisition": way})
        for k, (label, way) in enumerate(taken)
    ]
    assert strata_of(samples, "class").tolist() == [0, 0, 1, 0, 1]
    assert strata_of(samples, "class_and_acquisition").tolist() == [1, 0, 2, 1, 3]


@pytest.mark.parametrize("arch", ["swin_tiny_patch4_window7_224", "vit_tiny_patch16_224+fc256"])
def test_a_side_that_the_network_does_not_take_is_refused(arch: str) -> None:
    with pytest.raises(ConfigError, match="model.side_px is 64; .* takes 224 alone"):
        rule_of(load_recipe("mobilevitv2_100_dual_weighted", [f"model.arch={arch}", "model.side_px=64"]))
    assert rule_of(load_recipe("mobilevitv2_100_dual_weighted", ["model.side_px=64"])).side_px == 64
