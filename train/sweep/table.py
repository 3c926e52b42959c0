"""The figures of a grid's cells: means over seeds and cuts, intervals over lesions, differences from the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from train.evaluate.bootstrap import GROUPS_MIN, Interval, Resampling, percentile_interval, wilson
from train.evaluate.weighted import (
    accuracies,
    balanced_accuracies,
    confusions,
    defined_mean,
    f1s,
    macro_f1s,
    matthews,
    precisions,
    recalls,
)
from train.sweep.trial import Answers

FIGURES = ("accuracy", "balanced accuracy", "mean precision", "macro F1", "MCC")
REPLICATES = 1000


@dataclass(frozen=True)
class Row:
    """One cell: how many trainings, each figure's mean with its interval, the runs' lowest and highest, and the paired
    difference of each figure from the baseline (None for the baseline itself). `recalls` and `f1s` are those of each
    class, `commits` those that trained.
    """

    cell: str
    count: int
    figures: dict[str, Interval]
    reach: dict[str, tuple[float, float]]
    differences: dict[str, Interval] | None
    recalls: list[Interval]
    f1s: list[Interval]
    commits: list[str]


def table_of(cells: Mapping[str, Sequence[Answers]], baseline: str, seed: int = 0) -> list[Row]:
    """A row for each cell. Intervals resample lesions or patients, the same ones in every training, so that a lesion
    which several cuts judge is drawn for all of them at once; they say nothing of other seeds, which `reach` shows.
    """
    names = sorted({group for trials in cells.values() for answers in trials for group in answers.groups})
    place = {name: k for k, name in enumerate(names)}
    drawn = Resampling(np.arange(len(names)), REPLICATES, seed).drawn
    found = {cell: [replicates_of(answers, place, drawn) for answers in trials] for cell, trials in cells.items()}
    means = {cell: np.mean(np.stack(values), axis=0) for cell, values in found.items() if values}
    return [row_of(cell, found[cell], means, baseline, cells[cell]) for cell in means]


def row_of(
    cell: str, values: list[np.ndarray], means: dict[str, np.ndarray], baseline: str, trials: Sequence[Answers]
) -> Row:
    """The row of one cell; `values` of each training are [1 + R, F + 2 K], the first row without resampling."""
    classes = len(trials[0].codes)
    mean, runs = means[cell], np.stack([value[0] for value in values])
    compared = baseline in means and cell != baseline
    gaps = mean - means[baseline] if compared else mean
    return Row(
        cell, len(values), intervals_of(mean),
        {name: (float(runs[:, k].min()), float(runs[:, k].max())) for k, name in enumerate(FIGURES)},
        intervals_of(gaps) if compared else None,
        [recall_interval(mean[:, len(FIGURES) + k], trials, k) for k in range(classes)],
        [percentile_interval(f1[0], f1[1:]) for f1 in mean[:, len(FIGURES) + classes :].T],
        sorted({answers.commit for answers in trials}),
    )  # fmt: skip


def recall_interval(values: np.ndarray, trials: Sequence[Answers], label: int) -> Interval:
    """The interval of a class's mean recall, from [1 + R].

    Wilson's on the number of its lesions or patients where hits or misses come from fewer than ten of them: there
    resampling would understate what is not known, to no width at all for a class that is never found.
    """
    hits: set[str] = set()
    misses: set[str] = set()
    for answers in trials:
        for group, truth, answer in zip(answers.groups, answers.labels, answers.logits.argmax(1), strict=True):
            if truth == label:
                (hits if answer == label else misses).add(group)
    if np.isnan(values[0]) or min(len(hits), len(misses)) >= GROUPS_MIN:
        return percentile_interval(values[0], values[1:])
    return Interval(float(values[0]), *wilson(float(values[0]), len(hits | misses)), "wilson")


def intervals_of(values: np.ndarray) -> dict[str, Interval]:
    """Each figure with its interval, from [1 + R, F + 2 K]."""
    return {name: percentile_interval(values[0, k], values[1:, k]) for k, name in enumerate(FIGURES)}


def replicates_of(answers: Answers, place: Mapping[str, int], drawn: np.ndarray) -> np.ndarray:
    """Figures, recalls and F1 of one training, [1 + R, F + 2 K]; a class that is never answered has precision 0."""
    groups = np.array([place[group] for group in answers.groups])
    weights = np.concatenate([np.ones((1, len(groups))), drawn[:, groups]])
    matrices = confusions(weights, answers.labels, answers.logits.argmax(1), len(answers.codes))
    occurs = matrices.sum(2) > 0
    precision = np.where(occurs, np.nan_to_num(precisions(matrices)), np.nan)
    figures = (
        accuracies(matrices), balanced_accuracies(matrices), defined_mean(precision), macro_f1s(matrices),
        matthews(matrices),
    )  # fmt: skip
    return np.concatenate([np.stack(figures, axis=1), recalls(matrices), f1s(matrices)], axis=1)
