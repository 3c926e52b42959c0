"""A recipe: one experiment as a validated, frozen model that a TOML file and `--set KEY=VALUE` fill."""

from __future__ import annotations

import itertools
import json
import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError, model_validator

from edge_app.runtime.errors import ConfigError
from train.allowed import in_words, schema_at
from train.sections import (
    Augment,
    Curriculum,
    Ema,
    Fit,
    Loss,
    Model,
    Objective,
    Optimizer,
    Sampler,
    Schedule,
    Section,
    Tasks,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

RECIPES = Path(__file__).parent / "recipes"
# What the name of a network with tasks ends in.
DERMIMIT = "+dermimit"


class Recipe(Section):
    """The whole experiment."""

    name: str = "recipe"
    model: Model = Model()
    sampler: Sampler = Sampler()
    loss: Loss = Loss()
    curriculum: Curriculum = Curriculum()
    objective: Objective = Objective()
    tasks: Tasks = Tasks()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    augment: Augment = Augment()
    fit: Fit = Fit()
    ema: Ema = Ema()

    @model_validator(mode="after")
    def check_warmup(self) -> Recipe:
        """Warm-up ends before training does."""
        if self.schedule.warmup_epochs >= self.fit.epochs:
            raise ValueError(
                f"schedule.warmup_epochs {self.schedule.warmup_epochs} must be less than fit.epochs {self.fit.epochs}"
            )
        return self

    @model_validator(mode="after")
    def check_rate(self) -> Recipe:
        """The learning rate starts above its floor."""
        if self.schedule.lr_min > self.optimizer.lr:
            raise ValueError(f"schedule.lr_min {self.schedule.lr_min} must be at most optimizer.lr {self.optimizer.lr}")
        return self

    @model_validator(mode="after")
    def check_frozen(self) -> Recipe:
        """What belongs to training on photos is not asked of a head on features."""
        if not self.model.frozen:
            return self
        if "augment" in self.model_fields_set:
            raise ValueError("model.frozen true with augment: features are computed once; drop one of the two")
        if self.objective.kind != "plain":
            raise ValueError(f"model.frozen true with objective.kind {self.objective.kind}: allowed: plain")
        neutral = {"ema.decay": self.ema.decay, "fit.max_minutes": self.fit.max_minutes,
                   "fit.clip_norm": self.fit.clip_norm, "fit.accumulate": self.fit.accumulate - 1,
                   "fit.compile": int(self.fit.compile)}  # fmt: skip
        for key, value in neutral.items():
            if value:
                raise ValueError(f"model.frozen true with {key}: a head on features has none; drop one of the two")
        return self

    @model_validator(mode="after")
    def check_tasks(self) -> Recipe:
        """Objectives that need a network of their own have it, and what belongs to them is asked of nothing else."""
        kind, arch = self.objective.kind, self.model.arch
        if (kind == "multi_task") != arch.endswith(DERMIMIT):
            raise ValueError(
                f"objective.kind {kind} with model.arch {arch}: allowed: multi_task and a network whose name ends in "
                f"{DERMIMIT}, or neither"
            )
        if kind != "multi_task" and (self.tasks != Tasks() or self.augment.cutmix):
            raise ValueError(f"objective.kind {kind} with tasks or augment.cutmix: allowed: multi_task")
        twice = sorted({name for name in self.tasks.attributes if self.tasks.attributes.count(name) > 1})
        if twice:
            raise ValueError(f"tasks.attributes names {', '.join(twice)} twice; name each once")
        if (kind == "hierarchical") != (arch == "vgg16_cbam_lstm") or (kind == "hierarchical") != bool(
            self.model.hierarchy
        ):
            raise ValueError(
                f"objective.kind {kind} with model.arch {arch} and model.hierarchy {self.model.hierarchy!r}: allowed: "
                "hierarchical, vgg16_cbam_lstm and a hierarchy, or none of them"
            )
        if kind == "hierarchical" and self.loss.tau:
            raise ValueError(
                f"objective.kind hierarchical with loss.tau {self.loss.tau}: its levels have no tau; drop it"
            )
        return self

    @model_validator(mode="after")
    def check_compile(self) -> Recipe:
        """What is compiled is what a step calls: the network as a whole."""
        kind = self.objective.kind
        if self.fit.compile and kind not in ("plain", "distil"):
            raise ValueError(
                f"fit.compile true with objective.kind {kind}: its steps take the network apart; allowed: plain, distil"
            )
        return self

    @model_validator(mode="after")
    def check_curriculum(self) -> Recipe:
        """A curriculum has an epoch to begin in, one to end in, and the divisor that its paper has."""
        kind = self.curriculum.kind
        if kind != "none" and self.fit.epochs * self.curriculum.full_from < 1.0:
            raise ValueError(
                f"curriculum.kind {kind} with fit.epochs {self.fit.epochs} has no epoch to choose photos in; allowed: "
                f"fit.epochs of at least {math.ceil(1.0 / self.curriculum.full_from)}, or curriculum.kind none"
            )
        if kind != "none" and self.loss.normalise != "batch":
            raise ValueError(f"curriculum.kind {kind} needs loss.normalise batch: photos left out count as 0, not less")
        return self


def load_recipe(name: str, settings: list[str]) -> Recipe:
    """The recipe of that name in train/recipes, or in the .toml file at that path, with `KEY=VALUE` settings applied.

    ConfigError, in one line, for anything that it does not know or that contradicts itself.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"recipe {name!r} does not exist; allowed: {', '.join(names())}, or a .toml file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"recipe {path} cannot be read: {error}") from error
    values.setdefault("name", path.stem)
    for setting in settings:
        apply(values, setting)
    return validated(values, f"recipe {name}")


def names() -> list[str]:
    """The recipes that come with the project."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def header_of(name: str) -> dict[str, str]:
    """What the comment at the top of a recipe says: its first line under "", then paper, model, method, command, ..."""
    lines = (RECIPES / f"{name}.toml").read_text(encoding="utf-8").split("\n")
    found, key = {"": lines[0].removeprefix("# ")}, ""
    for line in itertools.takewhile(lambda line: line.startswith("#"), lines[1:]):
        word = line[2:].partition(" ")[0]
        key = word or key
        text = line[1:].strip().removeprefix(word).strip()
        if key:
            found[key] = f"{found[key]} {text}" if key in found else text
    return found


def apply(values: dict[str, Any], setting: str) -> None:
    """Put one `section.key=value` into `values`; the value is TOML, or plain text where it is none."""
    key, equals, text = setting.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {setting!r} is not understood; write --set section.key=value, as in fit.epochs=5")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    for part in parts[:-1]:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise ConfigError(f"--set {setting!r}: {part} is no section; write --set section.key=value")
    values[parts[-1]] = value


def validated(values: dict[str, Any], place: str) -> Recipe:
    """`values` as a Recipe; ConfigError shows the first problem with its key, its value and what is allowed."""
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{place}: {problem(error.errors()[0])}") from error


def problem(found: ErrorDetails) -> str:
    """What is wrong with a value, what it is, what is allowed."""
    location, schema = found["loc"], Recipe.model_json_schema()
    if found["type"] == "missing":  # a list that is too short lacks its last items
        location = location[:-1]
    key = ".".join(str(part) for part in location)
    if found["type"] == "value_error":  # values that contradict each other: our own words, which name them
        return found["msg"].removeprefix("Value error, ")
    value = json.dumps(found["input"], default=str, ensure_ascii=False)[:80]
    if found["type"] == "extra_forbidden":
        keys = ", ".join(sorted(schema_at(schema, location[:-1]).get("properties", {})))
        return f"{key} = {value}: there is no such setting; allowed here: {keys}"
    return f"{key} = {value} cannot be; allowed: {in_words(schema_at(schema, location))}"
