"""Body parts and attributes as labels; what is missing or strange."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import label
from train.data.phantom import PhantomSource
from train.data.sample import Dataset, Sample
from train.data.task_labels import task_labels, task_names
from train.sections import Tasks

ROWS = (("arm", "true"), (None, "false"), ("back", ""))


def dataset() -> Dataset:
    samples = [
        Sample(f"p{k}", 0, f"p{k}", PhantomSource("nv", k, 0), {"itch": itch, "note": "see file"}, {"site": site})
        for k, (site, itch) in enumerate(ROWS)
    ]
    return Dataset("folder:X", "X", "MIT", (label("nv"),), samples)


def names(data: Dataset, **tasks: object) -> dict[str, list[str]]:
    return task_names(data, data.samples, Tasks(**tasks))  # type: ignore[arg-type]


def test_labels_are_places_in_the_named_parts_and_truths_or_minus_1() -> None:
    found = names(dataset(), body_part=True, attributes=("itch",))
    assert found == {"body_parts": ["arm", "back"], "attributes": ["itch"]}
    assert task_labels(dataset().samples, found).tolist() == [[0, 1], [-1, 0], [1, -1]]
    assert task_labels(dataset().samples, {}).shape == (3, 0)


def test_task_without_any_label_is_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigError, match="'hurt': no training photo of folder:X says whether; it has itch"):
        names(dataset(), attributes=("itch", "hurt"))
    bare = replace(dataset(), samples=[replace(sample, metadata={}) for sample in dataset().samples])
    with pytest.raises(ConfigError, match="no training photo of folder:X has a body site"):
        names(bare, body_part=True)


def test_attribute_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(DataError, match="p0, note: 'see file' is neither true nor false"):
        names(dataset(), attributes=("note",))
