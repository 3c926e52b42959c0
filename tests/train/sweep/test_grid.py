"""Grids: what they hold, what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError
from train.config import load_recipe, names
from train.sweep.grid import GRIDS, Grid, load_grid, trials_of

SMALL = """
title = "t"
recipe = "sample_weighting_frozen"
judge = "val"
seeds = [3, 4]
cuts = ["repeat1of2", "repeat2of2"]
settings = { "fit.epochs" = 2 }
[[axis]]
name = "loss"
[axis.choices]
CE = {}
FL = { "loss.kind" = "focal" }
[[axis]]
name = "weights"
[axis.choices]
none = {}
CB = { "loss.weighting" = "class_balanced" }
"""


def written(tmp_path: Path, text: str) -> str:
    (tmp_path / "grid.toml").write_text(text, encoding="utf-8")
    return str(tmp_path / "grid.toml")


def test_trials_are_every_cell_seed_and_cut(tmp_path: Path) -> None:
    trials = trials_of(load_grid(written(tmp_path, SMALL)))
    assert len(trials) == 2 * 2 * 2 * 2
    found = {(t.cell, t.recipe.loss.kind, t.recipe.loss.weighting) for t in trials}
    assert found == {
        ("CE, none", "cross_entropy", "none"), ("CE, CB", "cross_entropy", "class_balanced"),
        ("FL, none", "focal", "none"), ("FL, CB", "focal", "class_balanced"),
    }  # fmt: skip
    assert {(t.recipe.fit.seed, t.cut) for t in trials} == {(s, f"repeat{n}of2") for s in (3, 4) for n in (1, 2)}
    assert all(t.recipe.fit.epochs == 2 for t in trials)
    assert len({t.name for t in trials}) == 16


@pytest.mark.parametrize("name", [path.stem for path in GRIDS.glob("*.toml")])
def test_every_grid_that_comes_along_can_be_trained(name: str) -> None:
    grid = load_grid(name)
    trials = trials_of(grid)
    assert len(trials) == len({t.cell for t in trials}) * len(grid.seeds) * len(grid.cuts)


def test_frozen_or_tuned_holds_the_six_networks_as_their_recipes_have_them() -> None:
    recipes = {t.recipe.model.arch: t.recipe for t in trials_of(load_grid("frozen_or_tuned")) if t.recipe.model.frozen}
    own = {load_recipe(name, []).model.arch: name for name in names() if name.startswith("frozen_")}
    assert len(recipes) == len(own) == 6
    for arch, name in own.items():
        if name != "frozen_mobilenetv2":
            assert recipes[arch].model_dump(exclude={"name", "fit"}) == load_recipe(name, []).model_dump(
                exclude={"name", "fit"}
            )


def test_sample_weighting_holds_the_ten_rows_of_the_papers_tables() -> None:
    cells = {trial.cell for trial in trials_of(load_grid("sample_weighting"))}
    rows = ("none", "class-balanced", "effective samples", "self-paced", "hard")
    assert {f"{loss}, {row}" for loss in ("cross-entropy", "focal") for row in rows} <= cells


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"focal"', '"hinge"', "cell 'FL, none': recipe sample_weighting_frozen: loss.kind = \"hinge\" cannot be"),
        ('"loss.weighting" = "class_balanced"', '"curriculum.kind" = "hard", "loss.normalise" = "weights"', "'CE, CB'"),
        ("repeat1of2", "repeat9of2", "split 'repeat9of2' does not exist"),
        ("seeds = [3, 4]", "seeds = [3, 3]", "would be kept in one file"),
        ("seeds = [3, 4]", "seeds = []", "seeds: List should have at least 1 item"),
        ('title = "t"', 'titel = "t"', "title: Field required"),
        ('title = "t"', 'title = "t"\nseed = 1', "seed: Extra inputs are not permitted"),
        ('title = "t"', 'title = "t"\nbaseline = "CE"', "baseline 'CE' is no cell of the grid; allowed: CE, none"),
        ('"sample_weighting_frozen"', '"demo_phantom"', "judge val is for frozen networks"),
        ("title", "[title", "cannot be read"),
    ],
)
def test_a_grid_that_contradicts_itself_is_refused_in_one_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        trials_of(load_grid(written(tmp_path, SMALL.replace(old, new, 1))))
    assert message in str(caught.value)


def test_a_name_that_is_no_grid_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'nothing' does not exist; allowed: .*sample_weighting"):
        load_grid("nothing")


@given(st.text(max_size=60))
def test_any_text_is_a_grid_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("grid") / "grid.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(ConfigError):
        assert isinstance(load_grid(str(path)), Grid)
