"""Any CSV table of photos: csv:TABLE.csv,image=COLUMN,label=COLUMN[,group=...][,fitzpatrick=...] and so on.

`image` (default "image") holds paths relative to the table's folder, or names of photos below it, with or without
their ending. `label` (default "label") holds the classes. `group`, `patient` and `lesion` name columns whose equal
values must not be parted; without any of them each photo is a group of its own. `split` names a column with train, val
or test. `fitzpatrick`, `sex`, `age`, `site` and `acquisition` name columns of metadata. `archive` is a name of the
set: its lesions and patients are known again in other tables of that archive, and never taken for another's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import KNOWN, label
from edge_app.runtime.photo import SUFFIXES
from train.data.fitzpatrick17k import code_of
from train.data.metadata import Metadata, age_of, fitzpatrick_of, sex_of, word_of
from train.data.sample import Dataset, Sample
from train.data.table import Record, Row, needed, read_rows, records_of, refuse_other, samples_of

# Columns whose equal values must not be parted.
GROUPING = ("group", "patient", "lesion")
OPTIONS = ("image", "label", *GROUPING, "split", "fitzpatrick", "sex", "age", "site", "acquisition", "archive")
SPLIT_NAMES = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def open_csv(path: Path, spec: str, **columns: str) -> Dataset:
    """All rows of the table; DataError names a column, row or photo that is missing."""
    archive = columns.pop("archive", "")
    records = records_in(path, columns)
    codes = {record.code for record in records}
    ordered = [code for code in KNOWN if code in codes] + sorted(codes - set(KNOWN))
    classes = tuple(label(code) for code in ordered)
    samples = unique(samples_of(records, classes, photos_of(records, path.parent)), path)
    fixed = fixed_splits(records, columns.get("split"))
    return Dataset(spec, path.stem, "as the photos' owner says", classes, samples, fixed, archives=(archive,))


def records_in(path: Path, columns: dict[str, str]) -> list[Record]:
    """The rows of the table at `path`."""
    named = {"image": "image", "label": "label", **columns}
    rows = read_rows(path, tuple(dict.fromkeys(named.values())))
    return kept_together(records_of(rows, record_of(named), "image"), [columns[c] for c in GROUPING if c in columns])


def kept_together(records: list[Record], columns: list[str]) -> list[Record]:
    """The same records; those that share a value in any of `columns`, also by way of others, are one group."""
    if len(columns) < 2:
        return records
    leader: dict[tuple[str, str], tuple[str, str]] = {}

    def first(key: tuple[str, str]) -> tuple[str, str]:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    keys = [[(name, record.attributes[name]) for name in columns if record.attributes[name]] for record in records]
    for own in keys:
        for key in own[1:]:
            leader[first(key)] = first(own[0])
    return [replace(one, group=":".join(first(own[0]))) for one, own in zip(records, keys, strict=True)]


def record_of(columns: dict[str, str]) -> Callable[[Row, str], Record]:
    """Reads one row with the columns that the spelling names."""

    def read(row: Row, place: str) -> Record:
        def cell(name: str) -> str:
            return row[columns[name]] if name in columns else ""

        image, condition = needed(row, (columns["image"], columns["label"]), place)
        grouping = [columns[name] for name in GROUPING if name in columns]
        group = needed(row, grouping[:1], place)[0] if grouping else image
        if "split" in columns:
            refuse_other(cell("split").lower(), SPLIT_NAMES, f"split {columns['split']}", place)
        metadata = Metadata(
            fitzpatrick=fitzpatrick_of(cell("fitzpatrick"), place), sex=sex_of(cell("sex"), place),
            age_years=age_of(cell("age"), place), site=word_of(cell("site")), acquisition=word_of(cell("acquisition")),
            patient=cell("patient") or None, lesion=cell("lesion") or None,
        )  # fmt: skip
        code = condition.lower() if condition.lower() in KNOWN else code_of(condition)
        return Record(image, code, group, (image, Path(image).stem), place, dict(row), metadata)

    return read


def photos_of(records: list[Record], folder: Path) -> dict[str, Path]:
    """Photo file by what the table calls it; DataError names the first row that has none."""
    below: dict[str, list[Path]] = {}
    photos: dict[str, Path] = {}
    for record in records:
        if (folder / record.id).is_file():
            photos[record.id] = folder / record.id
            continue
        below = below or by_name(folder)
        files = below.get(Path(record.id).as_posix(), [])
        if len(files) > 1:
            raise DataError(f"{record.place}: {record.id!r} is {files[0]} or {files[1]}; write the path from {folder}")
        if not files:
            raise DataError(f"{record.place}: no photo {record.id!r} in {folder} or below it; add it or drop the row")
        photos[record.id] = files[0]
    return photos


def by_name(folder: Path) -> dict[str, list[Path]]:
    """Photo files below `folder` by all that a table may call them: path or name, with or without ending."""
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in SUFFIXES and file.name[0] != ".":
            place = file.relative_to(folder)
            for name in {place.as_posix(), place.with_suffix("").as_posix(), file.name, file.stem}:
                found.setdefault(name, []).append(file)
    return found


def fixed_splits(records: list[Record], column: str | None) -> dict[str, str] | None:
    """Photo -> split where a column says so."""
    if column is None:
        return None
    return {record.id: SPLIT_NAMES[record.attributes[column].lower()] for record in records}


def unique(samples: list[Sample], table: Path) -> list[Sample]:
    """The same samples; DataError where two rows mean one file."""
    seen: dict[Path, str] = {}
    for sample in samples:
        file = Path(str(sample.source))
        if file in seen:
            raise DataError(f"{table}: {seen[file]!r} and {sample.id!r} are one photo, {file}; remove a row")
        seen[file] = sample.id
    return samples
