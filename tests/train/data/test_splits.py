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


def test_split_refuses_when_a_given_split_is_empty_or_lacks_a_class() -> None:
    rows = [(0, "a"), (1, "b"), (0, "c"), (1, "d")]
    with pytest.raises(DataError, match="split test is empty"):
        split(dataset(rows, ["train", "train", "val", "val"]), 0)
    with pytest.raises(DataError, match="no training photo of mel"):
        split(dataset(rows, ["train", "val", "train", "test"]), 0)
    with pytest.raises(DataError, match="no validation photo of mel; add some or drop the class"):
        split(dataset([*rows, (0, "e"), (1, "f")], ["train", "train", "val", "test", "test", "test"]), 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(6, 30), min_size=2, max_size=2),
    st.integers(0, 99),
    st.sampled_from(["", "repeat1of2", "repeat2of2", "fold1of4", "fold4of4"]),
)
def test_split_has_every_class_in_every_part_when_groups_are_of_one_class(
    sizes: list[int], seed: int, scheme: str
) -> None:
    data = dataset([(k, f"g{k}-{i // 2}") for k, size in enumerate(sizes) for i in range(2 * size)])
    parts = split(data, seed, scheme).named()
    assert all({s.label for s in part} == {0, 1} for part in parts.values())
    groups = [{s.group for s in part} for part in parts.values()]
    assert sum(len(part) for part in groups) == len(set().union(*groups)) == sum(sizes)
    assert sorted(s.id for part in parts.values() for s in part) == [s.id for s in data.samples]


@pytest.mark.parametrize("seed", [0, 7])
def test_folds_share_the_test_photos_and_divide_the_rest(seed: int) -> None:
    data = dataset([(int(i % 5 == 0), f"g{i // 3}") for i in range(300)])
    plain = split(data, seed)
    folds = [split(data, seed, f"fold{number}of5") for number in range(1, 6)]
    assert all(fold.test == plain.test for fold in folds)
    held = [s.id for fold in folds for s in fold.val]
    assert sorted(held) == sorted(s.id for s in (*plain.train, *plain.val))
    sizes = [len(fold.val) for fold in folds]
    assert max(sizes) - min(sizes) <= 6
    assert all({s.id for s in fold.train}.isdisjoint(s.id for s in fold.val) for fold in folds)


def test_repetitions_differ_and_hold_80_20_of_what_is_not_test() -> None:
    data = dataset([(int(i >= 200), f"g{i}") for i in range(240)])
    first, second = split(data, 3, "repeat1of2"), split(data, 3, "repeat2of2")
    assert first.test == second.test == split(data, 3).test
    assert first.val != second.val
    shares = {name: np.bincount([s.label for s in part]).tolist() for name, part in first.named().items()}
    assert shares == {"train": [136, 27], "val": [34, 7], "test": [30, 6]}
    assert split(data, 3, "repeat1of9") == first


def test_folds_keep_a_test_split_that_the_data_bring() -> None:
    rows = [(i % 2, f"g{i}") for i in range(20)]
    data = dataset(rows, ["test"] * 4 + ["train"] * 8 + ["val"] * 8)
    fold = split(data, 0, "fold1of2")
    assert [s.id for s in fold.test] == [f"s{i:05d}" for i in range(4)]
    assert (len(fold.train), len(fold.val)) == (8, 8)


def test_folds_are_refused_when_a_class_has_too_few_groups_besides_the_test() -> None:
    data = dataset([(0, f"g{i}") for i in range(40)] + [(1, f"m{i}") for i in range(5)])
    with pytest.raises(DataError, match="class mel has 4 groups .*; fold1of5 besides the test photos needs 5"):
        split(data, 0, "fold1of5")
