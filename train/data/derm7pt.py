"""derm7pt, the seven-point checklist (Kawahara et al. 2018, doi:10.1109/JBHI.2018.2824327), in its documented layout.

PATH/meta/meta.csv with a row for each case, PATH/images/ with the photos that its columns `derm` and `clinic` name,
and PATH/meta/{train,valid,test}_indexes.csv, whose rows number the cases from 0: these splits are kept. `images=` takes
"derm" (the default), "clinic" or "both"; both photos of a case are one group. The seven criteria stand in the samples'
attributes. Classes: as finely as the project tells them apart; what it does not know is `misc`.

Written against the documentation; it never met the real photos.
"""

from __future__ import annotations

from pathlib import Path

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import Label, RiskTier, label
from train.data.metadata import Metadata, sex_of, word_of
from train.data.sample import Dataset, Sample
from train.data.table import Record, Row, needed, read_rows, refuse_other, table_in

NEVI = ("blue", "clark", "combined", "congenital", "dermal", "recurrent", "reed or spitz")
DIAGNOSES = {
    "basal cell carcinoma": "bcc", "nevus": "nv", **{f"{kind} nevus": "nv" for kind in NEVI}, "melanoma": "mel",
    "melanoma (in situ)": "mel", "melanoma (less than 0.76 mm)": "mel", "melanoma (0.76 to 1.5 mm)": "mel",
    "melanoma (more than 1.5 mm)": "mel", "melanoma metastasis": "mel", "dermatofibroma": "df", "lentigo": "misc",
    "melanosis": "misc", "miscellaneous": "misc", "seborrheic keratosis": "sk", "vascular lesion": "vasc",
}  # fmt: skip
LABELS = (
    label("bcc"), label("nv"), label("mel"), label("df"), Label("misc", "Lentigo, melanosis, other", RiskTier.SOON),
    Label("sk", "Seborrheic keratosis", RiskTier.ROUTINE), label("vasc"),
)  # fmt: skip
IMAGES = {"derm": ("derm",), "clinic": ("clinic",), "both": ("derm", "clinic")}
ACQUISITION = {"derm": "dermoscopy", "clinic": "clinical"}
COLUMNS = ("case_num", "diagnosis", "derm", "clinic")
SPLITS = {"train": "train", "valid": "val", "test": "test"}


def open_derm7pt(path: Path, spec: str, images: str = "derm") -> Dataset:
    """The photos of all cases; DataError names the row that breaks the format or whose photo is missing."""
    if images not in IMAGES:
        raise ConfigError(f"images={images!r} is unknown to derm7pt; allowed: {', '.join(IMAGES)}")
    root = path / "release_v0" if (path / "release_v0").is_dir() else path
    rows = read_rows(table_in(root / "meta", ("meta.csv",), "derm7pt"), COLUMNS)
    fixed = splits_in(root / "meta", len(rows))
    codes = [one.code for one in LABELS]
    samples: dict[str, Sample] = {}
    assigned: dict[str, str] = {}
    for number, (place, row) in enumerate(rows):
        for column in IMAGES[images]:
            record = record_of(row, column, place)
            file = root / "images" / record.stems[0]
            if not file.is_file():
                raise DataError(f"{place}: no photo {record.stems[0]} in {root / 'images'}; add it or drop the row")
            if record.id in samples:
                raise DataError(f"{place}: photo {record.id!r} stands there twice; remove one row")
            samples[record.id] = Sample(
                record.id, codes.index(record.code), record.group, file, record.attributes, record.metadata
            )
            assigned[record.id] = fixed[number]
    ordered = [samples[name] for name in sorted(samples)]
    return Dataset(
        spec, "derm7pt", "research use only", LABELS, ordered, assigned if any(assigned.values()) else None,
        archives=("derm7pt",),
    )  # fmt: skip


def record_of(row: Row, column: str, place: str) -> Record:
    """One photo of a case."""
    case, diagnosis, image = needed(row, ("case_num", "diagnosis", column), place)
    refuse_other(diagnosis.lower(), DIAGNOSES, "diagnosis", place)
    metadata = Metadata(
        sex=sex_of(row.get("sex", ""), place), site=word_of(row.get("location", "")),
        acquisition=ACQUISITION[column], lesion=f"case {case}",
    )  # fmt: skip
    attributes = {name: value for name, value in row.items() if name not in ("derm", "clinic", "notes")}
    return Record(image, DIAGNOSES[diagnosis.lower()], f"case {case}", (image,), place, attributes, metadata)


def splits_in(meta: Path, cases: int) -> list[str]:
    """Split of each case, "" for all where the lists are not there; DataError where they contradict each other."""
    files = {split: meta / f"{name}_indexes.csv" for name, split in SPLITS.items()}
    if not any(file.is_file() for file in files.values()):
        return [""] * cases
    found = [""] * cases
    for split, file in files.items():
        for place, row in read_rows(file, ("indexes",)):
            index = row["indexes"]
            if not (index.isascii() and index.isdigit() and int(index) < cases):
                raise DataError(f"{place}: case {index!r} does not exist; allowed: 0 to {cases - 1}")
            if found[int(index)]:
                raise DataError(f"{place}: case {index} is in {found[int(index)]} and in {split}; remove one")
            found[int(index)] = split
    if "" in found:
        raise DataError(f"{meta}: case {found.index('')} is in none of the lists of splits; add it to one")
    return found
