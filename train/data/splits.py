"""Train, validation and test lists: stratified by class, whole groups (lesions, patients) only.

Without a scheme the shares are 70/15/15. With one the same 15 % test photos are set apart first, and the rest is cut
into folds, of which one validates, or 80/20. So figures of different schemes and seeds' folds are never those of
photos that chose the epoch, and any run's test list can be compared with any other's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.errors import DataError
from train.data.sample import Dataset, Sample
from train.data.scheme import Scheme, scheme_of

NAMES = ("train", "val", "test")
TITLES = {"train": "training", "val": "validation", "test": "test"}
FRACTIONS = (0.70, 0.15, 0.15)
REPEAT_FRACTIONS = (0.80, 0.20)
# Keeps the random numbers of folds and repetitions apart from those that chose the test photos.
FOLD_STREAM, REPEAT_STREAM = 1_000_001, 2_000_002


@dataclass(frozen=True)
class Splits:
    """Disjoint lists of samples, each sorted by id."""

    train: list[Sample]
    val: list[Sample]
    test: list[Sample]

    def named(self) -> dict[str, list[Sample]]:
        """The lists by the names that files and commands use."""
        return {"train": self.train, "val": self.val, "test": self.test}


def split(dataset: Dataset, seed: int, scheme: str = "") -> Splits:
    """The splits that the data bring, else stratified grouped ones that depend on ids, labels, `seed` and `scheme`
    only.

    Under a scheme (see train/data/scheme.py) the test list is that without one, or the data's own.
    """
    cut = scheme_of(scheme)
    check_classes(dataset)
    assigned = assign(dataset, seed) if dataset.fixed_splits is None else dict(dataset.fixed_splits)
    if cut.kind:
        rest = [s for s in dataset.samples if assigned[s.id] != "test"]
        check_groups(dataset, rest, cut.parts, f"{cut} besides the test photos")
        assigned |= assign_rest(rest, len(dataset.labels), seed, cut)
    lists = {name: [s for s in dataset.samples if assigned[s.id] == name] for name in NAMES}
    splits = Splits(**lists)
    check(splits, dataset)
    return splits


def assign(dataset: Dataset, seed: int) -> dict[str, str]:
    """Sample id -> split under 70/15/15."""
    places = dealt(dataset.samples, len(dataset.labels), FRACTIONS, [seed])
    return {name: NAMES[place] for name, place in places.items()}


def assign_rest(samples: list[Sample], classes: int, seed: int, cut: Scheme) -> dict[str, str]:
    """Sample id -> "train" or "val" of what is not test."""
    if cut.kind == "fold":
        places = dealt(samples, classes, [1.0 / cut.count] * cut.count, [seed, FOLD_STREAM])
        return {name: "val" if place == cut.number - 1 else "train" for name, place in places.items()}
    places = dealt(samples, classes, REPEAT_FRACTIONS, [seed, REPEAT_STREAM, cut.number])
    return {name: NAMES[place] for name, place in places.items()}


def dealt(samples: list[Sample], classes: int, fractions: Sequence[float], seeds: list[int]) -> dict[str, int]:
    """Sample id -> number of its part. Each class's groups, shuffled, go where that class is furthest below its share.

    A group counts for the rarest of its classes; rare classes choose first.
    """
    counts = np.bincount([s.label for s in samples], minlength=classes)
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample)
    by_class: dict[int, list[str]] = defaultdict(list)
    for name in sorted(groups):
        by_class[min((s.label for s in groups[name]), key=lambda k: (counts[k], k))].append(name)
    held = np.zeros((len(fractions), classes))
    places: dict[str, int] = {}
    for k in sorted(by_class, key=lambda k: (counts[k], k)):
        names = by_class[k]
        rng = np.random.default_rng([*seeds, k])
        for turn, index in enumerate(rng.permutation(len(names))):
            group = groups[names[index]]
            # One group each first, so that a small class is in every part.
            place = turn if turn < len(fractions) else furthest_below(held, counts, k, fractions)
            for sample in group:
                held[place, sample.label] += 1
                places[sample.id] = place
    return places


def furthest_below(held: np.ndarray, counts: np.ndarray, k: int, fractions: Sequence[float]) -> int:
    """The part whose share of class `k` is missing most photos; where that ties, of all classes together."""
    missing = np.outer(fractions, counts) - held
    return max(range(len(fractions)), key=lambda place: (round(missing[place, k], 6), missing[place].sum()))


def check_classes(dataset: Dataset) -> None:
    """At least two classes with photos, and in each at least as many groups as there are splits."""
    counts = dataset.counts()
    present = [label.code for label, count in zip(dataset.labels, counts, strict=True) if count]
    if len(present) < 2:
        raise DataError(f"{dataset.spec} has photos of {', '.join(present) or 'no class'} only; it needs two classes")
    if dataset.fixed_splits is None:
        check_groups(dataset, dataset.samples, len(NAMES), "a split")


def check_groups(dataset: Dataset, samples: list[Sample], needed: int, what: str) -> None:
    """DataError for a class of which `samples` hold fewer than `needed` groups."""
    for k, label in enumerate(dataset.labels):
        groups = len({s.group for s in samples if s.label == k})
        if groups < needed:
            raise DataError(
                f"{dataset.spec}: class {label.code} has {groups} groups (lesions or patients); "
                f"{what} needs {needed} or more: add photos or drop the class"
            )


def check(splits: Splits, dataset: Dataset) -> None:
    """DataError for an empty split, a group that stands in two, a class missing in training, or in splits that the data
    bring.
    """
    seen: dict[str, str] = {}
    for name, samples in splits.named().items():
        if not samples:
            raise DataError(f"{dataset.spec}: split {name} is empty; every split needs photos")
        for group in sorted({s.group for s in samples}):
            if group in seen:
                raise DataError(
                    f"{dataset.spec}: group {group!r} is in {seen[group]} and in {name}; keep each group in one split"
                )
            seen[group] = name
    for name, samples in splits.named().items():
        held = {s.label for s in samples}
        missing = [c.code for k, c in enumerate(dataset.labels) if k not in held]
        if missing and (name == "train" or dataset.fixed_splits is not None):
            raise DataError(
                f"{dataset.spec}: no {TITLES[name]} photo of {', '.join(missing)}; add some or drop the class"
            )
