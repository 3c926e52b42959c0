"""One training of a grid: what its model answered for the photos that judge it, kept in one file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_app.runtime.errors import CheckpointError, ConfigError
from train import fit
from train.checkpoint import load_checkpoint
from train.config import Recipe
from train.data.run_spec import open_split
from train.data.sample import Sample
from train.data.spec import DataSpec, without_masks
from train.data.splits import split
from train.evaluate.answers import float_logits
from train.files import replacing
from train.frozen import head, prepare
from train.losses.criterion import Criterion
from train.models.create import create
from train.precision import device_of
from train.provenance import commit
from train.run_data import labels_of, weights_of
from train.sweep.grid import Trial

Bases = dict[str, prepare.Frozen]
UNKNOWN = "unknown"
READ_ERRORS = (OSError, ValueError, KeyError, EOFError)


@dataclass(frozen=True)
class Answers:
    """Labels int [N], logits [N, K] and the lesion or patient of each photo, the classes' codes, and the commit that
    trained.
    """

    labels: np.ndarray
    logits: np.ndarray
    groups: list[str]
    codes: list[str]
    commit: str


def place_of(trial: Trial, out: Path) -> Path:
    """The file that keeps a trial of the sweep in `out`."""
    return out / f"{trial.name}.npz"


def run_trial(trial: Trial, spec: DataSpec, out: Path, *, init: str | None, judge: str, bases: Bases) -> None:
    """Train and write `out`/NAME.npz; one that is there already, of the same recipe, is left alone.

    `bases` holds the features of frozen networks for the trials to come.
    """
    place = place_of(trial, out)
    spec = spec if trial.masks == "given" else without_masks(spec)
    wanted = described(trial, spec, init)
    if place.is_file():
        if completed(read_description(place)) != completed(json.loads(wanted)):
            raise ConfigError(f"{place} is of another recipe or other data; name a new folder with --out")
        return
    cut = replace(spec, scheme=trial.cut)
    if trial.recipe.model.frozen:
        answers = frozen_answers(trial.recipe, cut, init, judge, bases)
    else:
        answers = run_answers(trial, cut, out / "runs" / trial.name, init)
    with replacing(place) as temporary, temporary.open("wb") as file:
        np.savez(
            file, labels=answers.labels, logits=answers.logits, groups=np.array(answers.groups),
            codes=np.array(answers.codes), commit=np.array(answers.commit), described=np.array(wanted),
        )  # fmt: skip


def described(trial: Trial, spec: DataSpec, init: str | None) -> str:
    """What a kept trial must have been made from."""
    return json.dumps({"recipe": trial.recipe.model_dump(mode="json"), "cut": trial.cut, "data": spec.whole,
                       "init": init}, sort_keys=True)  # fmt: skip


def completed(description: dict[str, Any]) -> dict[str, Any]:
    """With every setting by its dotted name; one that is younger than the trial has its default."""
    return {**description, "recipe": fit.flat(Recipe().model_dump(mode="json")) | fit.flat(description["recipe"])}


def read_description(place: Path) -> dict[str, Any]:
    """What the trial in a file says of itself."""
    try:
        with np.load(place, allow_pickle=False) as file:
            return dict(json.loads(str(file["described"])))
    except READ_ERRORS as error:
        raise CheckpointError(f"{place} is no trial of a sweep, or cut short; remove it") from error


def read_answers(place: Path) -> Answers:
    """What a trial answered."""
    try:
        with np.load(place, allow_pickle=False) as file:
            groups, codes = file["groups"].tolist(), file["codes"].tolist()
            # Sweeps that are older than this fact do not know it.
            commit = str(file["commit"]) if "commit" in file else UNKNOWN
            return Answers(file["labels"], file["logits"], groups, codes, commit)
    except READ_ERRORS as error:
        raise CheckpointError(f"{place} is no trial of a sweep, or cut short; remove it") from error


def run_answers(trial: Trial, spec: DataSpec, folder: Path, init: str | None) -> Answers:
    """A whole run; its best checkpoint on its test photos."""
    if not (folder / "metrics.json").is_file():
        begun = (folder / "recipe.json").is_file()
        fit.run(trial.recipe, spec, folder, init=init, resume=begun, command=["python", "-m", "train", "sweep"])
    trained = load_checkpoint(folder / "best.ckpt")
    dataset = open_split("run@test", trained)
    codes = [label.code for label in trained.labels]
    return answers_of(dataset.samples, float_logits(trained, dataset), codes, trained.provenance.get("commit"))


def frozen_answers(recipe: Recipe, spec: DataSpec, init: str | None, judge: str, bases: Bases) -> Answers:
    """A head on kept features: its last epoch on validation photos, or its best on test photos."""
    base = frozen_base(recipe, spec, init, bases)
    splits = split(base.dataset, recipe.fit.seed, spec.scheme)
    counts = np.bincount(labels_of(splits.train), minlength=len(base.dataset.labels))
    torch.manual_seed(recipe.fit.seed)
    drop, classes = recipe.model.drop, len(base.dataset.labels)
    model, _ = create(recipe.model.arch, classes, pretrained=False, init="none", drop=drop)
    trained = prepare.head_of(model, drop)
    criterion = Criterion(recipe, weights_of(recipe, counts), counts)
    fitted = head.fit_head(
        trained, criterion, base.rows(splits.train, recipe.sampler.strata), base.rows(splits.val), recipe
    )
    if judge == "test":
        trained.load_state_dict(fitted.best)
    judged = splits.named()[judge]
    logits = head.logits_of(trained, base.rows(judged).features).numpy()
    return answers_of(judged, logits, [label.code for label in base.dataset.labels], commit())


def frozen_base(recipe: Recipe, spec: DataSpec, init: str | None, bases: Bases) -> prepare.Frozen:
    """The features of all photos, computed once for each network: they do not depend on how the data are cut."""
    seed = recipe.fit.seed if init == "none" else 0
    key = json.dumps([recipe.model.model_dump(mode="json"), init, seed, spec.whole])
    if key not in bases:
        bases[key] = prepare.prepare(recipe, replace(spec, scheme=""), init, device_of(recipe.fit.accelerator))[0]
    return bases[key]


def answers_of(samples: list[Sample], logits: np.ndarray, codes: list[str], commit: str | None) -> Answers:
    """With the labels and groups of the samples."""
    groups = [sample.group for sample in samples]
    return Answers(labels_of(samples), logits.astype(np.float32), groups, codes, commit or UNKNOWN)
