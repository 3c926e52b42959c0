"""Recipes: what they hold, what `--set` changes, what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError
from train.config import Recipe, header_of, load_recipe, names

PAPER = "mobilevitv2_100_dual_weighted"


def test_recipe_holds_the_papers_settings_when_read() -> None:
    recipe = load_recipe(PAPER, [])
    assert (recipe.model.arch, recipe.model.side_px, recipe.model.resize_px) == ("mobilevitv2_100", 256, 292)
    assert (recipe.sampler.alpha, recipe.sampler.epoch_multiplier) == (0.5, 1.5)
    assert (recipe.loss.weighting, recipe.loss.beta) == ("effective_number", 0.999)
    assert (recipe.optimizer.lr, recipe.optimizer.weight_decay) == (3e-4, 0.05)
    assert (recipe.fit.epochs, recipe.fit.batch_size, recipe.schedule.kind) == (60, 32, "cosine")
    assert recipe.augment.model_dump() == {
        "scale": (0.7, 1.0), "ratio": (0.9, 1.1), "flip_horizontal": 0.5, "flip_vertical": 0.2, "brightness": 0.1,
        "contrast": 0.1, "saturation": 0.1, "hue": 0.05, "rotation_degrees": 15.0, "corners": "black",
        "elastic_reach": 0.0, "elastic_cells": 7, "elastic_below": 0, "policy": "none",
        "policy_below": 0, "cutmix": 0.0,
    }  # fmt: skip
    assert recipe.model.mean == (0.485, 0.456, 0.406)


def test_set_changes_values_and_resize_follows_the_side() -> None:
    recipe = load_recipe(PAPER, ["model.arch=mobilevitv2_050", "model.side_px=128", "augment.scale=[0.5, 1.0]"])
    assert (recipe.model.arch, recipe.model.resize_px) == ("mobilevitv2_050", 146)
    assert recipe.augment.scale == (0.5, 1.0)
    assert load_recipe(PAPER, ["model.side_px=128", "model.resize_px=128"]).model.resize_px == 128


@pytest.mark.parametrize("name", names())
def test_every_recipe_states_paper_command_cost_and_figures(name: str) -> None:
    load_recipe(name, [])
    header = header_of(name)
    wanted = {"", "paper", "model", "method", "command", "cost", "published", "differs"}
    assert set(header) == wanted
    assert all(header.values())
    assert f"--recipe {name} " in header["command"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.width=1", "model.width = 1: there is no such setting; allowed here: arch, colour, drop, filter"),
        (
            "fits.epochs=1",
            'fits = {"epochs": 1}: there is no such setting; allowed here: augment, curriculum, ema',
        ),
        ("fit.epochs=soon", 'fit.epochs = "soon" cannot be; allowed: a whole number from 1 to 10000'),
        ("fit.epochs=1.5", "fit.epochs = 1.5 cannot be; allowed: a whole number from 1 to 10000"),
        ("fit.epochs=0", "fit.epochs = 0 cannot be; allowed: a whole number from 1 to 10000"),
        ("fit.compile=perhaps", 'fit.compile = "perhaps" cannot be; allowed: true or false'),
        ("fit.clip_norm=-1", "fit.clip_norm = -1 cannot be; allowed: a number of at least 0"),
        ("ema.decay=1", "ema.decay = 1 cannot be; allowed: a number from 0 to below 1"),
        ("optimizer.lr=inf", "optimizer.lr = Infinity cannot be; allowed: a number above 0"),
        ("model.std=[1.0, 1.0]", "model.std = [1.0, 1.0] cannot be; allowed: a list of 3 numbers above 0"),
        ("augment.ratio=[0.0, 1.0]", "augment.ratio.0 = 0.0 cannot be; allowed: a number above 0"),
        ("augment.scale=half", 'augment.scale = "half" cannot be; allowed: a list of 2 numbers from 0 to 1'),
        ("fit=3", "fit = 3 cannot be; allowed: a section with accelerator, accumulate, batch_size"),
        ("fit.seed=9999999999", "fit.seed = 9999999999 cannot be; allowed: a whole number from 0 to 2147483647"),
        ("model.resize_px=100", "resize_px 100 is below side_px 256"),
        ("augment.scale=[0.9, 0.5]", "must rise"),
        ("schedule.warmup_epochs=60", "warmup_epochs 60.0 must be less than fit.epochs 60"),
        ("fit.epochs", "write --set section.key=value"),
        ("name.first=1", "name is no section"),
        ("loss.normalise=none", 'loss.normalise = "none" cannot be; allowed: weights or batch'),
        ("loss.kind=hinge", 'loss.kind = "hinge" cannot be; allowed: cross_entropy or focal'),
        ("schedule.lr_min=1", "schedule.lr_min 1.0 must be at most optimizer.lr 0.0003"),
        ("curriculum.kind=easy", "allowed: none or self_paced or hard or hard_by_class"),
        ("fit.batch_size=1", "fit.batch_size = 1 cannot be; allowed: a whole number from 2 to 4096"),
        ("objective.kind=mixer", "allowed: plain or batch_former"),
        ("curriculum.kind=hard", "curriculum.kind hard needs loss.normalise batch"),
    ],
)
def test_set_refuses_in_one_line_when_a_value_is_wrong(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(PAPER, [setting])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_load_names_the_recipes_when_one_is_unknown_or_broken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=PAPER):
        load_recipe("no_such", [])
    (tmp_path / "own.toml").write_text("[fit\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="own.toml cannot be read"):
        load_recipe(str(tmp_path / "own.toml"), [])
    (tmp_path / "own.toml").write_text("[fit]\nepochs = 3\n", encoding="utf-8")
    own = load_recipe(str(tmp_path / "own.toml"), [])
    assert (own.name, own.fit.epochs) == ("own", 3)


@given(st.text(max_size=30))
def test_set_gives_a_recipe_or_a_config_error_for_any_text(setting: str) -> None:
    try:
        assert isinstance(load_recipe(PAPER, [setting]), Recipe)
    except ConfigError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["curriculum.kind=self_paced", "fit.epochs=1"],
            "curriculum.kind self_paced with fit.epochs 1 has no epoch to",
        ),
        (["curriculum.kind=self_paced", "curriculum.full_from=0"], "leaves no photo out in any epoch"),
        (["model.frozen=true", "augment.hue=0.1"], "model.frozen true with augment"),
        (
            ["fit.compile=true", "objective.kind=batch_former"],
            "its steps take the network apart; allowed: plain, distil",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused_in_one_line(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(PAPER, ["loss.normalise=batch", *settings])
    assert message in str(caught.value)


def test_batch_former_is_refused_for_a_frozen_network() -> None:
    with pytest.raises(ConfigError, match="model.frozen true with objective.kind batch_former: allowed: plain"):
        load_recipe("frozen_mobilenetv2", ["objective.kind=batch_former"])
