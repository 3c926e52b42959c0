"""Train, validation and test lists: 70/15/15, stratified by class, whole groups (lesions, patients) only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.errors import DataError
from train.data.sample import Dataset, Sample

NAMES = ("train", "val", "test")
FRACTIONS = (0.70, 0.15, 0.15)


@dataclass(frozen=True)
class Splits:
    """Disjoint lists of samples, each sorted by id."""

    train: list[Sample]
    val: list[Sample]
    test: list[Sample]

    def named(self) -> dict[str, list[Sample]]:
        """The lists by the names that files and commands use."""
        return {"train": self.train, "val": self.val, "test": self.test}


def split(dataset: Dataset, seed: int) -> Splits:
    """The splits that the data bring, else a stratified grouped split that depends on ids, labels and `seed` only."""
    check_classes(dataset)
    assigned = assign(dataset, seed) if dataset.fixed_splits is None else dataset.fixed_splits
    lists = {name: [s for s in dataset.samples if assigned[s.id] == name] for name in NAMES}
    splits = Splits(**lists)
    check(splits, dataset)
    return splits


def assign(dataset: Dataset, seed: int) -> dict[str, str]:
    """Sample id -> split. Each class's groups, shuffled, go where that class is furthest below its share.

    A group counts for the rarest of its classes; rare classes choose first.
    """
    counts = dataset.counts()
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in dataset.samples:
        groups[sample.group].append(sample)
    by_class: dict[int, list[str]] = defaultdict(list)
    for name in sorted(groups):
        by_class[min((s.label for s in groups[name]), key=lambda k: (counts[k], k))].append(name)
    held = np.zeros((len(NAMES), len(dataset.labels)))
    assigned: dict[str, str] = {}
    for k in sorted(by_class, key=lambda k: (counts[k], k)):
        names = by_class[k]
        rng = np.random.default_rng([seed, k])
        for turn, index in enumerate(rng.permutation(len(names))):
            group = groups[names[index]]
            # One group each first, so that a small class is in every split.
            place = turn if turn < len(NAMES) else furthest_below(held, counts, k)
            for sample in group:
                held[place, sample.label] += 1
                assigned[sample.id] = NAMES[place]
    return assigned


def furthest_below(held: np.ndarray, counts: np.ndarray, k: int) -> int:
    """The split whose share of class `k` is missing most photos; where that ties, of all classes together."""
    missing = np.outer(FRACTIONS, counts) - held
    return max(range(len(NAMES)), key=lambda place: (round(missing[place, k], 6), missing[place].sum()))


def check_classes(dataset: Dataset) -> None:
    """At least two classes with photos, and in each at least as many groups as there are splits."""
    counts = dataset.counts()
    present = [label.code for label, count in zip(dataset.labels, counts, strict=True) if count]
    if len(present) < 2:
        raise DataError(f"{dataset.spec} has photos of {', '.join(present) or 'no class'} only; it needs two classes")
    for k, label in enumerate(dataset.labels):
        groups = len({s.group for s in dataset.samples if s.label == k})
        if groups < len(NAMES) and dataset.fixed_splits is None:
            raise DataError(
                f"{dataset.spec}: class {label.code} has {groups} groups (lesions or patients); "
                f"a split needs {len(NAMES)} or more: add photos or drop the class"
            )


def check(splits: Splits, dataset: Dataset) -> None:
    """DataError for an empty split, a class missing in training, or a group that stands in two splits."""
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
    missing = [c.code for k, c in enumerate(dataset.labels) if not any(s.label == k for s in splits.train)]
    if missing:
        raise DataError(f"{dataset.spec}: no training photo of {', '.join(missing)}; add some or drop the class")
