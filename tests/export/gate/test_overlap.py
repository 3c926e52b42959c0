"""Photos that were seen before are refused, by file and by lesion."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from edge_app.runtime.errors import CheckpointError, OverlapError
from export.gate.overlap import Seen, refuse_overlap, seen_by, seen_in_training
from tests.export.gate.invented import photo_set

TRUTH = np.array([0, 1, 2, 0])


def short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def seen(photos: list[str], groups: list[str]) -> Seen:
    return Seen(purpose="training", photos=frozenset(photos), groups=frozenset(groups))


def test_overlap_is_refused_when_a_file_was_trained_on() -> None:
    gate = photo_set(TRUTH)
    with pytest.raises(OverlapError, match=r"1 of 4 gate photos were seen in training \(the same file\): photo-2;"):
        refuse_overlap(gate, [seen([gate.hashes[2][:16]], [])])


def test_overlap_is_refused_when_another_photo_of_the_lesion_was_trained_on() -> None:
    gate = photo_set(TRUTH, groups=["a", "a", "b", "c"])
    with pytest.raises(OverlapError, match=r"2 of 4 .*\(the same lesion or patient\): photo-0, photo-1;"):
        refuse_overlap(gate, [seen([], [short("a")])])


def test_overlap_names_three_examples_and_no_more() -> None:
    gate = photo_set(np.zeros(9, int))
    with pytest.raises(OverlapError, match=r"9 of 9 .*photo-0, photo-1, photo-2, \.\.\.;"):
        refuse_overlap(gate, [seen([digest[:16] for digest in gate.hashes], [])])


def test_overlap_is_not_seen_when_photos_are_their_own_groups_and_share_a_file_name() -> None:
    """Photos without lesions are grouped by file name, which says nothing about another folder's photo."""
    gate = photo_set(TRUTH)
    refuse_overlap(gate, [seen([], [short(name) for name in gate.ids])])


def test_overlap_is_not_seen_when_lesions_of_another_archive_share_a_name() -> None:
    gate = replace(photo_set(TRUTH, groups=["a", "a", "b", "c"]), archives=("clinic",))
    refuse_overlap(gate, [replace(seen([], [short("a")]), archives=("isic",))])
    with pytest.raises(OverlapError, match="the same lesion or patient"):
        refuse_overlap(gate, [replace(seen([], [short("a")]), archives=("isic", "clinic"))])


def test_overlap_with_selection_photos_is_refused() -> None:
    gate = photo_set(TRUTH)
    with pytest.raises(OverlapError, match="4 of 4 gate photos were seen in selection"):
        refuse_overlap(gate, [seen_by("selection", gate)])


def test_lists_of_training_and_validation_are_read_when_the_checkpoint_has_them() -> None:
    part = {"ids": None, "photos": ["aa"], "groups": ["bb"]}
    lists = seen_in_training({"splits": {"train": part, "val": part, "test": part}})
    assert [one.purpose for one in lists] == ["training", "validation"]
    assert lists[0].photos == {"aa"} and lists[1].groups == {"bb"}
    assert seen_in_training(None) == []


@pytest.mark.parametrize("splits", [{}, {"splits": {}}, {"splits": {"train": None, "val": None}}, {"splits": None}])
def test_damaged_lists_are_refused(splits: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match="split lists are damaged"):
        seen_in_training(splits)
