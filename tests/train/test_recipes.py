"""Every recipe trains two steps on generated photos, with a small network of the same kind where its own is large."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.train import tiny_swin
from tests.train.conftest import HAM_CODES, write_rows
from train.checkpoint import load_checkpoint
from train.cli import main
from train.config import load_recipe, names
from train.data.phantom_set import SYMPTOMS
from train.models.architectures import classifier_name, network

SIDE_PX = 32
# A network of the same kind for those that would take seconds a photo.
SMALLER = {
    "mobilevitv2_100": "mobilevitv2_050",
    "resnet50": "resnet10t",
    "vit_base_patch16_224": "test_vit",
    "swin_tiny_patch4_window7_224": "tiny_swin",
    "swin_base_patch4_window7_224": "tiny_swin",
    "swin_base_patch4_window12_384": "tiny_swin",
}
SIDES = {"test_vit": 160, "mobilevitv2_050": 64}
PHOTOS = 4
SEVEN_CLASSES = ("hierarchical", "distil")


def settings_of(name: str) -> list[str]:
    """Two steps of two photos, on the smaller network."""
    recipe = load_recipe(name, [])
    own, plus, head = recipe.model.arch.partition("+")
    arch = "vit_mini_patch16_128" if head == "dermimit" else SMALLER.get(own, own)
    side = SIDES.get(arch, SIDE_PX)
    tasks = [f"tasks.attributes={json.dumps(SYMPTOMS)}", "augment.cutmix=1.0"] if head == "dermimit" else []
    # As many classes as the hierarchy or the teacher has are more photos.
    batch = 10 if recipe.objective.kind in SEVEN_CLASSES else 2
    # Two epochs for a curriculum to have an age; 4 training photos make 2 steps of 2, or 1 of 4 in each.
    return [
        f"model.arch={arch}{plus}{head}", f"model.side_px={side}", f"model.resize_px={side}", "fit.epochs=2",
        f"fit.batch_size={batch}", "fit.accelerator=cpu", "fit.threads=1", "sampler.epoch_multiplier=1.0",
        "schedule.warmup_epochs=0", "fit.patience=2", "fit.max_minutes=0", *tasks,
    ]  # fmt: skip


def data_of(name: str, root: Path, photo_file: Callable[[Path, str, int], Path]) -> str:
    """Photos of two classes, or of all that a hierarchy or teacher knows; a table of sites and symptoms for tasks."""
    kind = load_recipe(name, []).objective.kind
    codes = HAM_CODES if kind in SEVEN_CLASSES else ("mel", "nv")
    for code in codes:
        for index in range(PHOTOS):
            photo_file(root / "photos" / code / f"{index}.jpg", code, index)
    if kind != "multi_task":
        return f"folder:{root / 'photos'}"
    words = ("True", "", "False")
    rows = [
        [f"photos/{code}/{k}.jpg", code, ("arm", "back")[k % 2], *(words[(k + j) % 3] for j in range(3))]
        for code in codes for k in range(PHOTOS)
    ]  # fmt: skip
    write_rows(root / "table.csv", rows, "image,label,site," + ",".join(SYMPTOMS))
    return f"csv:{root / 'table.csv'},site=site"


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_recipe_trains_and_leaves_a_checkpoint_that_answers(
    name: str, tmp_path: Path, photo_file: Callable[[Path, str, int], Path]
) -> None:
    tiny_swin.register()
    data, out = data_of(name, tmp_path, photo_file), tmp_path / "run"
    words = [word for setting in settings_of(name) for word in ("--set", setting)]
    assert main(["--recipe", name, "--init", "none", "--data", data, "--out", str(out), *words]) == 0
    if load_recipe(name, []).objective.kind == "simsiam":
        history = json.loads((out / "pretraining.json").read_text("utf-8"))["history"]
        assert [-1 <= row["loss"] <= 1 for row in history] == [True, True]
        return
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    assert len(metrics["history"]) == 2
    assert all(row["train/loss"] > 0 for row in metrics["history"])
    assert load_checkpoint(out / "best.ckpt").arch == settings_of(name)[0].removeprefix("model.arch=")


@pytest.mark.parametrize("name", names())
def test_recipe_names_a_network_that_can_be_built(name: str) -> None:
    recipe = load_recipe(name, [])
    with torch.device("meta"):
        model = network(recipe.model.arch, 8, drop=recipe.model.drop)
    assert model.get_submodule(classifier_name(model)) is not None
