"""What the papers' systems cannot do with a recipe or with data: one line, exit 2, no run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.train.conftest import write_rows
from train.cli import main

Write = Callable[[Path, str, int], Path]
HEADER = "image,label,site,itch,note,split"
TASKS = ("model.arch=vit_mini_patch16_128+dermimit", "model.side_px=32", "objective.kind=multi_task")


def photos(tmp_path: Path, photo_file: Write, splits: str = "") -> str:
    """Two classes of six photos with a site, an answered and a senseless column; `splits` names the split of each."""
    rows = []
    for code in ("mel", "nv"):
        for k in range(6):
            photo_file(tmp_path / f"{code}{k}.jpg", code, k)
            part = splits.split()[k + (6 if code == "nv" else 0)] if splits else ""
            rows.append([f"{code}{k}.jpg", code, "arm", ("True", "False", "")[k % 3], "maybe", part])
    write_rows(tmp_path / "table.csv", rows, HEADER)
    return f"csv:{tmp_path / 'table.csv'}" + (",split=split" if splits else "")


def refusal(recipe: str, data: str, out: Path, capfd: pytest.CaptureFixture[str], *settings: str) -> str:
    """The one line that refuses a run; notes on the data may stand before it."""
    sets = [word for setting in settings for word in ("--set", setting)]
    assert main(["--recipe", recipe, "--data", data, "--out", str(out), "--init", "none", *sets]) == 2
    errors = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert not out.exists()
    return errors[0]


@pytest.mark.parametrize(
    ("recipe", "settings", "message"),
    [
        ("demo_phantom", ["model.width=2"], "model.width = 2: there is no such setting; allowed here: arch, "),
        ("demo_phantom", ["fit.epochs=soon"], 'fit.epochs = "soon" cannot be; allowed: a whole number from 1 to'),
        ("swin_tiny_batchformer_focal", ["fit.batch_size=1"], "fit.batch_size = 1 cannot be; allowed: a whole number"),
        ("sample_weighting_vgg16", ["curriculum.kind=self_paced", "fit.epochs=0"], "fit.epochs = 0 cannot be; allowed"),
        ("sample_weighting_vgg16", ["curriculum.kind=self_paced", "fit.epochs=1"], "allowed: fit.epochs of at least 2"),
        ("sample_weighting_vgg16", ["curriculum.full_from=0"], "curriculum.full_from 0 leaves no photo out"),
        ("demo_phantom", ["objective.kind=multi_task"], "allowed: multi_task and a network whose name ends in"),
        ("demo_phantom", ["tasks.body_part=true"], "objective.kind plain with tasks or augment.cutmix: allowed: multi"),
        ("dermimit_vit_mini", ['tasks.attributes=["itch","grew","itch"]'], "tasks.attributes names itch twice; name"),
        ("demo_phantom", ["objective.kind=distil"], "distil needs a checkpoint as its teacher"),
        ("frozen_resnet50", ["objective.kind=batch_former"], "model.frozen true with objective.kind batch_former"),
        ("sample_weighting_hierarchical", ["loss.tau=1"], "its levels have no tau; drop it"),
    ],
)
def test_recipe_that_contradicts_itself_is_refused(
    recipe: str, settings: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert message in refusal(recipe, "phantom:3", tmp_path / "run", capfd, *settings)


@pytest.mark.parametrize(
    ("splits", "settings", "message"),
    [
        ("", [*TASKS, "tasks.body_part=true"], "tasks.body_part true: no training photo of csv:"),
        ("", [*TASKS, 'tasks.attributes=["hurt"]'], "tasks.attributes names 'hurt': no training photo of csv:"),
        ("", [*TASKS, 'tasks.attributes=["note"]'], "note: 'maybe' is neither true nor false"),
        ("train " * 4 + "val test " + "train " * 5 + "test", [], "no validation photo of nv; add some or drop the"),
        ("val " * 5 + "test " + "train " * 4 + "val test", [], "no training photo of mel; add some or drop the class"),
        ("", ["objective.kind=batch_former", "objective.heads=7"], "heads 7 does not divide the 256 features"),
        ("", ["model.arch=dla46_c", "objective.kind=batch_former"], "model.arch dla46_c has something else there"),
        ("", ["model.arch=dla46_c", "model.frozen=true"], "model.frozen needs a network that ends in a linear layer"),
        ("", ["objective.kind=distil", "objective.teacher=assets/checkpoints/ham7-dev.safetensors"],
         "objective.teacher knows akiec, bcc, bkl, df, nv, mel, vasc; the data have nv, mel"),
    ],
)  # fmt: skip
def test_data_and_networks_that_do_not_fit_the_recipe_are_refused(
    splits: str, settings: list[str], message: str, tmp_path: Path, photo_file: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.toml").write_text('[model]\narch = "mobilevitv2_050"\nside_px = 64\n', encoding="utf-8")
    data = photos(tmp_path, photo_file, splits)
    assert message in refusal(str(tmp_path / "own.toml"), data, tmp_path / "run", capfd, *settings)
