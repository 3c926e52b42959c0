"""Data sets that are a CSV table and a folder of photos: reading rows is one thing, finding the photos another.

A loader turns rows into records, which can be checked where the photos are not; `with_every_photo` and
`with_photos_there` then look for the files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label
from edge_app.runtime.photo import SUFFIXES
from train.data.metadata import Metadata
from train.data.sample import Sample

Row = dict[str, str]


@dataclass(frozen=True)
class Record:
    """One row. `stems` are the names that its photo may have, without suffix, the likeliest first; `place` says where
    the row stands, for messages.
    """

    id: str
    code: str
    group: str
    stems: tuple[str, ...]
    place: str
    attributes: dict[str, str] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)


def table_in(folder: Path, names: Sequence[str], kind: str) -> Path:
    """The first of the tables `names` that is in `folder`."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(f"{kind}:{folder} has no {names[0]}; name the folder that holds it and the photos")


def read_rows(table: Path, columns: Sequence[str]) -> list[tuple[str, Row]]:
    """(place, row) of every row, blanks at the ends of cells cut; DataError where one of `columns` is missing."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise DataError(f"{table} has no column {', '.join(missing)}; it needs {', '.join(columns)}")
            rows = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} cannot be read as a UTF-8 CSV file ({error})") from error
    if not rows:
        raise DataError(f"{table} lists no photo; it needs at least one row")
    return [(f"{table.name} line {line}", row) for line, row in rows]


def needed(row: Row, columns: Sequence[str], place: str) -> list[str]:
    """The cells of `columns`; DataError for an empty one."""
    for name in columns:
        if not row[name]:
            raise DataError(f"{place}: {name} is empty; every photo needs {', '.join(columns)}")
    return [row[name] for name in columns]


def records_of(
    rows: Iterable[tuple[str, Row]], record_of: Callable[[Row, str], Record | None], column: str
) -> list[Record]:
    """The record of every row that has one, sorted by id; DataError where an id, from `column`, stands twice."""
    records: dict[str, Record] = {}
    for place, row in rows:
        record = record_of(row, place)
        if record is None:
            continue
        if record.id in records:
            raise DataError(f"{place}: {column} {record.id!r} stands there twice; remove one row")
        records[record.id] = record
    return [records[name] for name in sorted(records)]


def photos_below(folder: Path) -> dict[str, Path]:
    """Photo files by name without suffix; of several with one name the first by path."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in SUFFIXES and file.name[0] != "."]
    return {file.stem: file for file in reversed(files)}


def found(record: Record, photos: dict[str, Path]) -> Path | None:
    """The record's photo file."""
    return next((photos[stem] for stem in record.stems if stem in photos), None)


def with_every_photo(records: list[Record], labels: Sequence[Label], folder: Path) -> list[Sample]:
    """Samples of all records; DataError names the first whose photo is not below `folder`."""
    photos = photos_below(folder)
    missing = [record for record in records if found(record, photos) is None]
    if missing:
        more = f" ({len(missing)} of {len(records)} are missing)" if len(missing) > 1 else ""
        raise DataError(
            f"{missing[0].place}: no photo {missing[0].stems[0]}.jpg below the data folder{more};"
            " add it or drop the row"
        )
    return samples_of(records, labels, photos)


def with_photos_there(records: list[Record], labels: Sequence[Label], folder: Path) -> tuple[list[Sample], int]:
    """Samples of the records whose photos are below `folder`, and how many are not; DataError where all are missing."""
    photos = photos_below(folder)
    there = [record for record in records if found(record, photos) is not None]
    if not there:
        raise DataError(f"none of the {len(records)} photos of the table is below {folder}; put them there")
    return samples_of(there, labels, photos), len(records) - len(there)


def samples_of(records: list[Record], labels: Sequence[Label], photos: dict[str, Path]) -> list[Sample]:
    """Records whose photos are there, as samples."""
    place = {label.code: k for k, label in enumerate(labels)}
    sources = [(record, found(record, photos)) for record in records]
    return [Sample(r.id, place[r.code], r.group, source, r.attributes, r.metadata) for r, source in sources if source]


def refuse_other(value: str, allowed: Iterable[str], what: str, place: str) -> None:
    """DataError where `value` is not one of `allowed`."""
    if value not in allowed:
        raise DataError(f"{place}: {what} is {value!r}; allowed: {', '.join(allowed)}")
