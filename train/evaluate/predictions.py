"""Answers to compare: an evaluation's predictions.csv, or what a run's best checkpoint answers to its test photos."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime.errors import ConfigError, DataError

PREDICTIONS, CHECKPOINT = "predictions.csv", "best.ckpt"
NEEDED = ("sha256", "group", "truth", "model_knows")
PREFIX = "p_"


@dataclass(frozen=True)
class Predictions:
    """Answers by photo: `photos` are the hashes of the files, `probabilities` float [N, C] over `codes`."""

    name: str
    photos: list[str]
    groups: list[str]
    truth: list[str]
    known: np.ndarray
    codes: list[str]
    probabilities: np.ndarray


def open_predictions(folder: Path, run_data: str | None) -> Predictions:
    """The answers of an evaluation folder, or of a run folder on run@test; ConfigError for a folder that is neither."""
    if (folder / PREDICTIONS).is_file():
        return read_predictions(folder / PREDICTIONS, str(folder))
    if (folder / CHECKPOINT).is_file():
        return answers_of_run(folder, run_data)
    raise ConfigError(
        f"{folder} is neither an evaluation ({PREDICTIONS}) nor a run ({CHECKPOINT}); name a folder that"
        " `python -m train` or `python -m train evaluate` made"
    )


def is_run(folder: Path) -> bool:
    """Whether `folder` is read as a run."""
    return not (folder / PREDICTIONS).is_file()


def answers_of_run(folder: Path, run_data: str | None) -> Predictions:
    """What the run's best checkpoint answers to its own test photos, as it is."""
    from train.evaluate.opening import open_photos, plan_for
    from train.evaluate.photos import answer_all
    from train.evaluate.subject import open_checkpoint

    subject = open_checkpoint(folder)
    plan = plan_for(subject, None)
    photos = open_photos("run@test", subject, plan, None, run_data)
    answered = answer_all(subject, photos.samples, f"answers of {folder.name}", turned=False)
    return Predictions(
        name=str(folder), photos=answered.hashes, groups=[sample.group for sample in photos.samples],
        truth=[plan.codes[sample.label] for sample in photos.samples],
        known=np.ones(len(photos.samples), bool), codes=plan.codes, probabilities=plan.probabilities(answered.logits),
    )  # fmt: skip


def read_predictions(path: Path, name: str) -> Predictions:
    """The table at `path`; DataError names the line that breaks its format."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or [])
            codes = [column.removeprefix(PREFIX) for column in columns if column.startswith(PREFIX)]
            missing = [column for column in NEEDED if column not in columns]
            if missing or len(codes) < 2 or len(set(columns)) < len(columns):
                lacks = ", ".join(missing) or "one column for each of two classes or more"
                raise DataError(f"{path} is no table of predictions: it lacks {lacks}; evaluate the model again")
            rows = [checked(row, codes, f"{path} line {reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a UTF-8 CSV file ({error}); evaluate the model again") from error
    if not rows:
        raise DataError(f"{path} holds no photo; evaluate the model on data with some")
    return Predictions(
        name=name, photos=[row["sha256"] for row in rows], groups=[row["group"] for row in rows],
        truth=[row["truth"] for row in rows], known=np.array([row["model_knows"] == "1" for row in rows]),
        codes=codes, probabilities=np.array([[float(row[PREFIX + code]) for code in codes] for row in rows]),
    )  # fmt: skip


def checked(row: dict[str, str | None], codes: list[str], place: str) -> dict[str, str]:
    """A row whose cells are what they should be."""
    values = {key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
    short = [name for name in (*NEEDED, *(PREFIX + code for code in codes)) if name not in values]
    if short:
        raise DataError(f"{place} has no {short[0]}; the table was cut short: evaluate the model again")
    if values["truth"] not in codes:
        raise DataError(f"{place}: truth is {values['truth'][:60]!r}; allowed: {', '.join(codes)}")
    for code in codes:
        text = values[PREFIX + code]
        try:
            probability = float(text)
        except ValueError:
            probability = math.nan
        if not 0.0 <= probability <= 1.0 + 1e-6:
            raise DataError(f"{place}: {PREFIX}{code} is {text[:60]!r}; allowed: a probability from 0 to 1")
    return values


def paired(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions]:
    """Both on the same photos in the same order and the same classes, those that both models know.

    DataError, in one line, where the photos, their classes or their true classes differ.
    """
    if set(first.codes) != set(second.codes):
        raise DataError(
            f"{first.name} answers {', '.join(sorted(first.codes))}, {second.name} {', '.join(sorted(second.codes))};"
            " evaluate both through one --label-map"
        )
    for one in (first, second):
        if len(set(one.photos)) < len(one.photos):
            raise DataError(f"{one.name} holds a photo twice, so answers cannot be paired; evaluate it on each once")
    ours, theirs = set(first.photos), set(second.photos)
    if ours != theirs:
        raise DataError(
            f"{first.name} and {second.name} are of different photos ({len(ours & theirs)} in both,"
            f" {len(ours - theirs)} and {len(theirs - ours)} in one alone); evaluate both on the same --data"
        )
    place = {photo: i for i, photo in enumerate(second.photos)}
    order = np.array([place[photo] for photo in first.photos])
    differing = [p for p, a, i in zip(first.photos, first.truth, order, strict=True) if second.truth[i] != a]
    if differing:
        raise DataError(f"the two name different true classes for {len(differing)} photos, as {differing[0]}")
    keep = first.known & second.known[order]
    columns = [second.codes.index(code) for code in first.codes]
    return picked(first, np.flatnonzero(keep), None), picked(second, order[keep], columns)


def picked(one: Predictions, rows: np.ndarray, columns: list[int] | None) -> Predictions:
    """Some photos, in that order, with the classes in another order."""
    codes = one.codes if columns is None else [one.codes[k] for k in columns]
    probabilities = one.probabilities[rows] if columns is None else one.probabilities[rows][:, columns]
    return Predictions(one.name, [one.photos[i] for i in rows], [one.groups[i] for i in rows],
                       [one.truth[i] for i in rows], one.known[rows], codes, probabilities)  # fmt: skip
