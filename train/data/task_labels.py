"""Labels of tasks beside the disease: the body part, and attributes that a photo has or has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConfigError
from train.data.metadata import truth_of
from train.data.sample import Dataset, Sample
from train.sections import Tasks

UNKNOWN = -1
TRUTHS = {"true": 1, "false": 0, "": UNKNOWN}


def task_names(dataset: Dataset, training: Sequence[Sample], tasks: Tasks) -> dict[str, list[str]]:
    """The body parts and attributes that `tasks` asks for, as far as they are asked for.

    ConfigError, in one line, where no training photo has a label of one; DataError for an attribute that is neither
    true nor false.
    """
    found: dict[str, list[str]] = {}
    if tasks.body_part:
        found["body_parts"] = sorted({site for sample in dataset.samples if (site := sample.metadata.get("site"))})
        if not any(sample.metadata.get("site") for sample in training):
            raise ConfigError(f"tasks.body_part true: no training photo of {dataset.spec} has a body site; drop it")
    if tasks.attributes:
        found["attributes"] = list(tasks.attributes)
        known = task_labels(training, {"attributes": tasks.attributes}) != UNKNOWN
        for name, labelled in zip(tasks.attributes, known.any(axis=0), strict=True):
            if not labelled:
                raise ConfigError(
                    f"tasks.attributes names {name!r}: no training photo of {dataset.spec} says whether; it has "
                    f"{', '.join(answered(dataset)) or 'none'}"
                )
        task_labels(dataset.samples, found)  # what is no answer shows now, in whichever split it is
    return found


def answered(dataset: Dataset) -> list[str]:
    """Columns whose every cell is true, false or nothing, and which are answered somewhere."""
    names = {name for sample in dataset.samples for name in sample.attributes}
    return sorted(
        name for name in names
        if {sample.attributes.get(name, "") for sample in dataset.samples} - {""} <= {"true", "false"}
        and any(sample.attributes.get(name) for sample in dataset.samples)
    )  # fmt: skip


def task_labels(samples: Sequence[Sample], names: Mapping[str, Any]) -> np.ndarray:
    """int64 [N, T]: the index of the body part where parts are named, then 1 or 0 for each attribute; -1: not known."""
    place = {name: k for k, name in enumerate(names.get("body_parts", ()))}
    rows = []
    for sample in samples:
        row = [place.get(sample.metadata.get("site") or "", UNKNOWN)] if place else []
        for name in names.get("attributes", ()):
            row.append(TRUTHS[truth_of(sample.attributes.get(name, ""), f"{sample.id}, {name}")])
        rows.append(row)
    return np.array(rows, dtype=np.int64).reshape(len(rows), -1)
