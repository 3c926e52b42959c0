"""How many photos there are of what: classes, splits, people, sizes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from train.audit.look import Look
from train.data.sample import Dataset, Sample
from train.data.splits import NAMES
from train.evaluate.subgroups import DIVISIONS, UNKNOWN, attribute_of, place_of


def classes(dataset: Dataset, assigned: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each class: photos, groups, and photos in each split."""
    rows = []
    for k, label in enumerate(dataset.labels):
        own = [sample for sample in dataset.samples if sample.label == k]
        splits = Counter(assigned.get(sample.id, "") for sample in own)
        rows.append({"code": label.code, "name": label.name, "photos": len(own),
                     "groups": len({sample.group for sample in own}),
                     "splits": {name: splits[name] for name in NAMES}})  # fmt: skip
    return rows


def subgroups(dataset: Dataset) -> list[dict[str, Any]]:
    """For skin type, sex, age band, site and acquisition: photos and groups of each value that is recorded."""
    tables = []
    for title, name, band in DIVISIONS:
        values = [band(attribute_of(sample, name)) for sample in dataset.samples]
        photos = Counter(values)
        rows = [
            {"value": value, "photos": photos[value], "groups": groups_of(dataset.samples, values, value)}
            for value in sorted(photos, key=place_of)
        ]
        tables.append({"title": title, "name": name, "recorded": len(values) - photos[UNKNOWN], "rows": rows})
    return tables


def groups_of(samples: list[Sample], values: list[str], value: str) -> int:
    """Lesions or patients with at least one photo of `value`."""
    return len({sample.group for sample, own in zip(samples, values, strict=True) if own == value})


def sizes(looks: list[Look]) -> dict[str, Any]:
    """Short and long sides in pixels of the readable photos, their quantiles, and the commonest sizes."""
    read = [(one.width_px, one.height_px) for one in looks if one.values is not None]
    if not read:
        return {"photos": 0, "different": 0, "commonest": [], "short_side_px": {}, "long_side_px": {}}
    sides = np.sort(np.array(read), axis=1)
    commonest = [{"width_px": w, "height_px": h, "photos": count} for (w, h), count in Counter(read).most_common(5)]
    return {"photos": len(read), "different": len(set(read)), "commonest": commonest,
            "short_side_px": quantiles(sides[:, 0]), "long_side_px": quantiles(sides[:, 1])}  # fmt: skip


def quantiles(values: np.ndarray) -> dict[str, int]:
    """Least, lower 5 %, median, upper 95 %, largest."""
    names, shares = ("least", "p5", "median", "p95", "largest"), (0.0, 0.05, 0.5, 0.95, 1.0)
    cuts = np.quantile(values, shares, method="nearest")
    return {name: int(value) for name, value in zip(names, cuts, strict=True)}


def group_sizes(dataset: Dataset) -> dict[str, int]:
    """How many groups there are, and how many photos the largest has."""
    counts = Counter(sample.group for sample in dataset.samples)
    return {"groups": len(counts), "largest": max(counts.values()), "single": sum(c == 1 for c in counts.values())}
