"""HAM10000 (Tschandl et al. 2018, doi:10.1038/sdata.2018.161) in its original layout.

PATH/HAM10000_metadata.csv with `lesion_id,image_id,dx,...`, and `<image_id>.jpg` in PATH or folders below it
(`images/`, or the two parts of the original download).
"""

from __future__ import annotations

from pathlib import Path

from edge_app.runtime.labels import label
from train.data.metadata import Metadata, age_of, sex_of, word_of
from train.data.sample import Dataset
from train.data.table import Record, Row, needed, read_rows, records_of, refuse_other, table_in, with_every_photo

CODES = ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")
COLUMNS = ("lesion_id", "image_id", "dx")
ATTRIBUTES = ("dx_type", "age", "sex", "localization")
METADATA = ("HAM10000_metadata.csv", "HAM10000_metadata")
LICENCE = "CC BY-NC 4.0"
ARCHIVE = "isic"  # ISIC 2019 holds these photos and lesions under the same names


def open_ham10000(path: Path, spec: str) -> Dataset:
    """All photos that the metadata list, grouped by lesion; DataError names the row that breaks the format."""
    labels = tuple(label(code) for code in CODES)
    samples = with_every_photo(records_in(path), labels, path)
    return Dataset(spec, "HAM10000", LICENCE, labels, samples, archives=(ARCHIVE,))


def records_in(path: Path) -> list[Record]:
    """The rows of the table in folder `path`."""
    return records_of(read_rows(table_in(path, METADATA, "ham10000"), COLUMNS), record_of, "image_id")


def record_of(row: Row, place: str) -> Record:
    """One row."""
    lesion, image, code = needed(row, COLUMNS, place)
    refuse_other(code, CODES, "label dx", place)
    attributes = {name: row[name] for name in ATTRIBUTES if name in row}
    metadata = Metadata(
        sex=sex_of(row.get("sex", ""), place),
        age_years=age_of(row.get("age", ""), place),
        site=word_of(row.get("localization", "")),
        acquisition="dermoscopy",
        lesion=lesion,
    )
    return Record(image, code, lesion, (image,), place, attributes, metadata)
