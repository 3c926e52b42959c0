"""Photos in class folders, with and without split folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import DataError
from train.data.folder import open_folder
from train.data.splits import split

Write = Callable[[Path, str, int], Path]


def test_open_orders_known_classes_as_the_paper_when_folders_are_classes(tmp_path: Path, photo_file: Write) -> None:
    for code in ("wart", "mel", "nv"):
        for index in range(3):
            photo_file(tmp_path / code / f"{index}.jpg", "nv", index)
    dataset = open_folder(tmp_path, "folder:x")
    assert [label.code for label in dataset.labels] == ["nv", "mel", "wart"]
    assert [s.id for s in dataset.samples[:2]] == ["mel/0.jpg", "mel/1.jpg"]
    assert dataset.samples[0].label == 1
    assert dataset.fixed_splits is None


def test_open_keeps_the_splits_when_folders_are_train_val_test(tmp_path: Path, photo_file: Write) -> None:
    for index, name in enumerate(("train", "valid", "test")):
        for code in ("nv", "mel"):
            photo_file(tmp_path / name / code / "a.jpg", code, index)
    parts = split(open_folder(tmp_path, "folder:x"), 0).named()
    assert {name: [s.id for s in part] for name, part in parts.items()} == {
        "train": ["train/mel/a.jpg", "train/nv/a.jpg"],
        "val": ["val/mel/a.jpg", "val/nv/a.jpg"],
        "test": ["test/mel/a.jpg", "test/nv/a.jpg"],
    }


def test_open_refuses_when_folders_are_missing_empty_or_misnamed(tmp_path: Path, photo_file: Write) -> None:
    with pytest.raises(DataError, match="no class folders"):
        open_folder(tmp_path, "folder:x")
    (tmp_path / "nv").mkdir()
    with pytest.raises(DataError, match="holds no photo"):
        open_folder(tmp_path, "folder:x")
    (tmp_path / "nv").rename(tmp_path / "train")
    with pytest.raises(DataError, match="no val, test; it needs train, val and test"):
        open_folder(tmp_path, "folder:x")
    photo_file(tmp_path / "a b" / "0.jpg", "nv", 0)
    with pytest.raises(DataError, match="class folder 'a b'"):
        open_folder(tmp_path, "folder:x")
