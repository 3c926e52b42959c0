"""70/15/15, stratified, whole groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label, label
from train.data.sample import Dataset, Sample
from train.data.splits import split

LABELS: tuple[Label, ...] = (label("nv"), label("mel"))


def dataset(rows: list[tuple[int, str]], fixed: list[str] | None = None) -> Dataset:
    """A data set of (label, group) rows."""
    samples = [Sample(f"s{i:05d}", k, group, Path(f"{i}.jpg")) for i, (k, group) in enumerate(rows)]
    by_id = None if fixed is None else {s.id: name for s, name in zip(samples, fixed, strict=True)}
    return Dataset("folder:x", "x", "", LABELS, samples, by_id)


def test_split_holds_70_15_15_of_each_class_when_groups_are_single() -> None:
    data = dataset([(int(i >= 200), f"g{i}") for i in range(240)])
    parts = split(data, 1).named()
    shares = {name: np.bincount([s.label for s in part]).tolist() for name, part in parts.items()}
    assert shares == {"train": [140, 28], "val": [30, 6], "test": [30, 6]}


def test_split_balances_validation_and_test_over_classes_when_shares_tie() -> None:
    data = dataset([(i % 2, f"g{i}") for i in range(20)])
    sizes = [len(part) for part in split(data, 0).named().values()]
    assert sizes == [14, 3, 3]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=40, max_size=90), st.integers(0, 99))
def test_split_keeps_groups_whole_and_loses_nothing_whatever_the_groups(rows: list[tuple[int, int]], seed: int) -> None:
    data = dataset([(k, f"g{group}") for k, group in rows])
    try:
        parts = split(data, seed).named()
    except DataError:
        return
    groups = [{s.group for s in part} for part in parts.values()]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    assert sorted(s.id for part in parts.values() for s in part) == [s.id for s in data.samples]


def test_split_depends_on_ids_and_seed_only_when_rows_are_reordered() -> None:
    data = dataset([(i % 2, f"g{i // 2}") for i in range(60)])
    turned = Dataset(data.spec, "x", "", LABELS, data.samples[::-1])
    ids = [[s.id for s in part] for part in split(data, 4).named().values()]
    assert [sorted(s.id for s in part) for part in split(turned, 4).named().values()] == [sorted(i) for i in ids]
    assert ids != [[s.id for s in part] for part in split(data, 5).named().values()]


def test_split_refuses_when_a_class_has_too_few_groups() -> None:
    with pytest.raises(DataError, match="class mel has 2 groups .* needs 3 or more"):
        split(dataset([(0, f"g{i}") for i in range(9)] + [(1, "a"), (1, "b"), (1, "b")]), 0)


def test_split_refuses_when_there_is_one_class() -> None:
    with pytest.raises(DataError, match="photos of nv only; it needs two classes"):
        split(dataset([(0, f"g{i}") for i in range(9)]), 0)


def test_split_refuses_when_given_splits_share_a_group() -> None:
    rows = [(0, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "e"), (1, "a")]
    with pytest.raises(DataError, match="group 'a' is in train and in test; keep each group in one split"):
        split(dataset(rows, ["train", "train", "val", "val", "test", "test"]), 0)


def test_split_refuses_when_a_given_split_is_empty_or_training_lacks_a_class() -> None:
    rows = [(0, "a"), (1, "b"), (0, "c"), (1, "d")]
    with pytest.raises(DataError, match="split test is empty"):
        split(dataset(rows, ["train", "train", "val", "val"]), 0)
    with pytest.raises(DataError, match="no training photo of mel"):
        split(dataset(rows, ["train", "val", "train", "test"]), 0)
