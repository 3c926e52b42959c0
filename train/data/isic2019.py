"""ISIC 2019 (Tschandl et al. 2018, Codella et al. 2018, Combalia et al. 2019) in its original layout.

PATH/ISIC_2019_Training_GroundTruth.csv with `image` and a column of 0 or 1 for each class, beside it
ISIC_2019_Training_Metadata.csv with `image,age_approx,anatom_site_general,lesion_id,sex` (or `gender`, as some copies
say), and the photos below PATH. The same with `Test` in place of `Training`. A photo of an id that ends in
`_downsampled` may be named with or without that ending.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label, RiskTier, label
from train.data.metadata import Metadata, age_of, sex_of, word_of
from train.data.sample import Dataset
from train.data.table import Record, Row, needed, read_rows, records_of, table_in, with_every_photo

LABELS = (
    label("mel"), label("nv"), label("bcc"), Label("ak", "Actinic keratosis", RiskTier.SOON), label("bkl"),
    label("df"), label("vasc"), label("scc"), Label("unk", "None of the others", RiskTier.SOON),
)  # fmt: skip
CODES = tuple(one.code for one in LABELS)
TRUTHS = ("ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Test_GroundTruth.csv")
LICENCE = "CC BY-NC 4.0"
ARCHIVE = "isic"
ENDING = "_downsampled"


def open_isic2019(path: Path, spec: str) -> Dataset:
    """All photos of the ground truth, grouped by lesion where one is named; DataError names the row that is wrong."""
    records = records_in(path)
    used = {record.code for record in records}
    # Nobody is of class "unk" in the training part, and a class without photos cannot be learnt.
    labels = tuple(one for one in LABELS if one.code != "unk" or "unk" in used)
    return Dataset(spec, "ISIC 2019", LICENCE, labels, with_every_photo(records, labels, path), archives=(ARCHIVE,))


def records_in(path: Path) -> list[Record]:
    """The rows of both tables in folder `path`."""
    truth = table_in(path, TRUTHS, "isic2019")
    columns = ("image", *(code.upper() for code in CODES if code != "unk"))
    records = records_of(read_rows(truth, columns), truth_of_row, "image")
    about = path / truth.name.replace("GroundTruth", "Metadata")
    if not about.is_file():
        raise DataError(f"isic2019:{path} has no {about.name}; it says which photos are of one lesion: put it there")
    described = {row["image"]: (place, row) for place, row in read_rows(about, ("image",))}
    missing = [record for record in records if record.id not in described]
    if missing:
        raise DataError(f"{missing[0].place}: image {missing[0].id!r} is not in {about.name}; the tables must agree")
    return [with_metadata(record, *described[record.id]) for record in records]


def truth_of_row(row: Row, place: str) -> Record:
    """The id and the one class of a ground-truth row."""
    (image,) = needed(row, ("image",), place)
    values = {code: number_of(row.get(code.upper(), "0"), place) for code in CODES}
    chosen = [code for code, value in values.items() if value == 1.0]
    if len(chosen) != 1 or any(value not in (0.0, 1.0) for value in values.values()):
        raise DataError(f"{place}: {len(chosen)} classes are 1; allowed: exactly one 1, the others 0")
    stems = (image, image.removesuffix(ENDING)) if image.endswith(ENDING) else (image,)
    return Record(image, chosen[0], image, stems, place)


def number_of(text: str, place: str) -> float:
    """A cell of the ground truth."""
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{place}: {text!r} is no number; allowed: 0 or 1 for each class") from None


def with_metadata(record: Record, place: str, row: Row) -> Record:
    """What the metadata table says; a photo without a lesion is a group of its own."""
    lesion = word_of(row.get("lesion_id", "")) and row["lesion_id"]
    metadata = Metadata(
        sex=sex_of(row.get("sex", row.get("gender", "")), place),
        age_years=age_of(row.get("age_approx", ""), place),
        site=word_of(row.get("anatom_site_general", "")),
        acquisition="dermoscopy",
        lesion=lesion,
    )
    attributes = {name: value for name, value in row.items() if name != "image"}
    return replace(record, group=lesion or record.id, attributes=attributes, metadata=metadata)
