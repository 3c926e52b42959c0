"""Photos in class folders: PATH/<class>/*.jpg, or PATH/{train,val,test}/<class>/*.jpg for data already split."""

from __future__ import annotations

import re
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import KNOWN, label
from edge_app.runtime.photo import SUFFIXES
from train.data.sample import Dataset, Sample

SPLIT_NAMES = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def open_folder(path: Path, spec: str) -> Dataset:
    """Every photo below `path`; a class is named by its folder, known codes first in their usual order."""
    folders = {child.name: child for child in sorted(path.iterdir()) if child.is_dir() and child.name[0] != "."}
    if folders and all(name in SPLIT_NAMES for name in folders):
        return open_split_folders(folders, spec)
    codes = class_codes(folders, spec)
    samples = [sample for name, child in folders.items() for sample in samples_in(child, codes.index(name), name)]
    return dataset_of(spec, codes, samples, None)


def open_split_folders(folders: dict[str, Path], spec: str) -> Dataset:
    """Class folders inside split folders: those are the splits."""
    by_split = {SPLIT_NAMES[name]: child for name, child in folders.items()}
    missing = [name for name in ("train", "val", "test") if name not in by_split]
    if missing:
        raise DataError(f"{spec} has split folders but no {', '.join(missing)}; it needs train, val and test")
    classes = {
        split: {child.name: child for child in sorted(folder.iterdir()) if child.is_dir()}
        for split, folder in by_split.items()
    }
    codes = class_codes({name: child for split in classes.values() for name, child in split.items()}, spec)
    samples: list[Sample] = []
    fixed: dict[str, str] = {}
    for split, children in classes.items():
        for name, child in children.items():
            found = samples_in(child, codes.index(name), f"{split}/{name}")
            fixed.update({sample.id: split for sample in found})
            samples += found
    return dataset_of(spec, codes, samples, fixed)


def class_codes(folders: dict[str, Path], spec: str) -> list[str]:
    """Class names in a fixed order: the project's own codes as the source paper lists them, then the rest."""
    if not folders:
        raise DataError(f"{spec} has no class folders; it needs PATH/<class>/photo.jpg for each class")
    for name in folders:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}", name):
            raise DataError(f"{spec}: class folder {name!r}; allowed are letters, digits and . _ + @ -: rename it")
    known = [code for code in KNOWN if code in folders]
    return known + sorted(name for name in folders if name not in KNOWN)


def samples_in(folder: Path, k: int, prefix: str) -> list[Sample]:
    """The photos of one class folder; each is its own group."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in SUFFIXES and file.is_file()]
    if not files:
        raise DataError(f"class folder {folder} holds no photo; add some or remove it")
    ids = [f"{prefix}/{file.relative_to(folder).as_posix()}" for file in files]
    return [Sample(name, k, name, file) for name, file in zip(ids, files, strict=True)]


def dataset_of(spec: str, codes: list[str], samples: list[Sample], fixed: dict[str, str] | None) -> Dataset:
    """The data set, sorted by id."""
    labels = tuple(label(code) for code in codes)
    return Dataset(spec, spec, "as the photos' owner says", labels, sorted(samples, key=lambda s: s.id), fixed)
