"""A grid: one recipe, axes of settings, seeds and cuts of the data; a TOML file spells it."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_app.runtime.errors import ConfigError
from train.config import Recipe, load_recipe
from train.data.scheme import scheme_of

GRIDS = Path(__file__).parent / "grids"
TRIALS_MAX = 2000
# The one setting of a cell that is not the recipe's: whether lesion masks that come with the data are applied.
MASKS_KEY = "data.masks"
Settings = dict[str, Any]


class Axis(BaseModel):
    """Choices by name, each some settings of a recipe by their dotted keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    choices: dict[str, Settings] = Field(min_length=1)


class Grid(BaseModel):
    """Every combination of the axes' choices is a cell; each is trained once for every seed and cut.

    `judge` "test" judges the best epoch on the test photos, "val" the last epoch of a frozen network on the validation
    photos, which then have chosen nothing. `baseline` names the cell that others are compared with (else the first).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    recipe: str
    judge: Literal["val", "test"] = "test"
    seeds: list[int] = Field(default=[0], min_length=1)
    cuts: list[str] = Field(default=[""], min_length=1)
    baseline: str = ""
    settings: Settings = {}
    axis: list[Axis] = Field(min_length=1)


@dataclass(frozen=True)
class Trial:
    """One training: the cell's name, the recipe, how the data are cut ("" for 70/15/15), and whether lesion masks that
    come with the data are applied ("given") or not ("none").
    """

    cell: str
    recipe: Recipe
    cut: str
    masks: str = "given"

    @property
    def name(self) -> str:
        """For files."""
        cell = re.sub(r"[^A-Za-z0-9]+", "-", self.cell).strip("-")
        return f"{cell}_seed{self.recipe.fit.seed}" + (f"_{self.cut}" if self.cut else "")


def load_grid(name: str) -> Grid:
    """The grid of that name in train/sweep/grids, or in the .toml file at that path; ConfigError in one line."""
    path = Path(name) if name.endswith(".toml") else GRIDS / f"{name}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(p.stem for p in GRIDS.glob("*.toml")))
        raise ConfigError(f"grid {name!r} does not exist; allowed: {known}, or a .toml file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"grid {path} cannot be read: {error}") from error
    try:
        return Grid.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"grid {path}: {key}: {first['msg']}; see train/sweep/grids for examples") from error


def trials_of(grid: Grid) -> list[Trial]:
    """Every training of the grid, its recipe checked; ConfigError names a cell that contradicts itself."""
    for cut in grid.cuts:
        scheme_of(cut)
    cells = cells_of(grid)
    count = len(cells) * len(grid.seeds) * len(grid.cuts)
    if count > TRIALS_MAX:
        raise ConfigError(f"the grid has {count} trainings; at most {TRIALS_MAX} are allowed: split it")
    if grid.baseline and grid.baseline not in cells:
        raise ConfigError(f"baseline {grid.baseline!r} is no cell of the grid; allowed: {', '.join(cells)}")
    trials = [
        Trial(cell, recipe_of(grid, cell, {**settings, "fit.seed": seed}), cut, masks_of(cell, settings))
        for cell, settings in cells.items() for seed in grid.seeds for cut in grid.cuts
    ]  # fmt: skip
    if grid.judge == "val" and not all(trial.recipe.model.frozen for trial in trials):
        raise ConfigError("judge val is for frozen networks: elsewhere validation photos choose the epoch; judge test")
    if len({trial.name for trial in trials}) < len(trials):
        raise ConfigError("two cells, or a seed or a cut named twice, would be kept in one file; name them apart")
    return trials


def masks_of(cell: str, settings: Settings) -> str:
    """What a cell does with lesion masks; ConfigError for a word that is none."""
    masks = str(settings.get(MASKS_KEY, "given"))
    if masks not in ("given", "none"):
        raise ConfigError(f"cell {cell!r}: {MASKS_KEY} = {masks!r} cannot be; allowed: given, none")
    return masks


def needs_masks(grid: Grid) -> bool:
    """Whether the grid compares photos with and without lesion masks."""
    return any(MASKS_KEY in settings for settings in cells_of(grid).values())


def cells_of(grid: Grid) -> dict[str, Settings]:
    """Name of each cell, its choices' names joined by ", ", and its settings."""
    found: dict[str, Settings] = {}
    for choices in itertools.product(*(axis.choices.items() for axis in grid.axis)):
        merged: Settings = dict(grid.settings)
        for _, settings in choices:
            merged |= settings
        found[", ".join(name for name, _ in choices)] = merged
    return found


def recipe_of(grid: Grid, cell: str, settings: Settings) -> Recipe:
    """The grid's recipe with `settings`."""
    try:
        # A JSON value is a TOML value.
        return load_recipe(grid.recipe, [f"{key}={json.dumps(value)}" for key, value in settings.items()
                                         if key != MASKS_KEY])  # fmt: skip
    except ConfigError as error:
        raise ConfigError(f"cell {cell!r}: {error}") from error
