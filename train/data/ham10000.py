"""HAM10000 (Tschandl et al. 2018, doi:10.1038/sdata.2018.161) in its original layout.

PATH/HAM10000_metadata.csv with `lesion_id,image_id,dx,...`, and `<image_id>.jpg` in PATH or folders below it
(`images/`, or the two parts of the original download).
"""

from __future__ import annotations

import csv
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import label
from train.data.sample import Dataset, Sample

CODES = ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")
COLUMNS = ("lesion_id", "image_id", "dx")
ATTRIBUTES = ("dx_type", "age", "sex", "localization")
METADATA = ("HAM10000_metadata.csv", "HAM10000_metadata")
LICENCE = "CC BY-NC 4.0"


def open_ham10000(path: Path, spec: str) -> Dataset:
    """All photos that the metadata list, grouped by lesion; DataError names the row that breaks the format."""
    metadata = metadata_file(path)
    rows = read_rows(metadata)
    if not rows:
        raise DataError(f"{metadata} lists no photo; it needs at least one row")
    images = {file.stem: file for file in sorted(path.rglob("*.jpg"))}
    samples: dict[str, Sample] = {}
    for line, row in rows:
        sample = sample_of(row, images, f"{metadata.name} line {line}")
        if sample.id in samples:
            raise DataError(f"{metadata.name} line {line}: image_id {sample.id!r} stands there twice; remove one row")
        samples[sample.id] = sample
    labels = tuple(label(code) for code in CODES)
    return Dataset(spec, "HAM10000", LICENCE, labels, [samples[i] for i in sorted(samples)])


def metadata_file(path: Path) -> Path:
    """The metadata table in folder `path`."""
    for name in METADATA:
        if (path / name).is_file():
            return path / name
    raise DataError(f"ham10000:{path} has no {METADATA[0]}; name the folder that holds it and the photos")


def read_rows(metadata: Path) -> list[tuple[int, dict[str, str]]]:
    """(line number, row) of every row; the columns needed are there."""
    try:
        with metadata.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise DataError(f"{metadata} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
            return [(reader.line_num, {k: v or "" for k, v in row.items() if k}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{metadata} cannot be read as a UTF-8 CSV file ({error})") from error


def sample_of(row: dict[str, str], images: dict[str, Path], place: str) -> Sample:
    """One row as a sample."""
    values = {name: row[name].strip() for name in COLUMNS}
    for name, value in values.items():
        if not value:
            raise DataError(f"{place}: {name} is empty; every photo needs {', '.join(COLUMNS)}")
    if values["dx"] not in CODES:
        raise DataError(f"{place}: label dx is {values['dx']!r}; allowed: {', '.join(CODES)}")
    if values["image_id"] not in images:
        raise DataError(f"{place}: no photo {values['image_id']}.jpg below the data folder; add it or drop the row")
    attributes = {name: row[name] for name in ATTRIBUTES if name in row}
    image_id = values["image_id"]
    return Sample(image_id, CODES.index(values["dx"]), values["lesion_id"], images[image_id], attributes)
