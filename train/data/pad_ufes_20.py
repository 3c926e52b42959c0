"""PAD-UFES-20 (Pacheco et al. 2020, doi:10.1016/j.dib.2020.106221) in its original layout.

PATH/metadata.csv (or PAD-UFES-20_metadata.csv) and the photos below PATH: `images/` or the three parts of the
download. `img_id` names a .png; any photo of that name without its ending is taken. The table writes `fitspatrick`.
Photos are grouped by patient, since a lesion number alone is not unique.
"""

from __future__ import annotations

from pathlib import Path

from edge_app.runtime.labels import Label, RiskTier, label
from train.data.metadata import Metadata, age_of, fitzpatrick_of, sex_of, truth_of, word_of
from train.data.sample import Dataset
from train.data.table import Record, Row, needed, read_rows, records_of, refuse_other, table_in, with_every_photo

LABELS = (
    label("bcc"), label("mel"), label("scc"), Label("ack", "Actinic keratosis", RiskTier.SOON),
    Label("nev", "Melanocytic nevus", RiskTier.ROUTINE), Label("sek", "Seborrheic keratosis", RiskTier.ROUTINE),
)  # fmt: skip
CODES = tuple(one.code for one in LABELS)
METADATA = ("metadata.csv", "PAD-UFES-20_metadata.csv")
COLUMNS = ("patient_id", "lesion_id", "img_id", "diagnostic")
SYMPTOMS = ("itch", "grew", "hurt", "changed", "bleed", "elevation")
HISTORY = (
    "smoke", "drink", "pesticide", "skin_cancer_history", "cancer_history", "has_piped_water", "has_sewage_system",
    "biopsed",
)  # fmt: skip
LICENCE = "CC BY 4.0"


def open_pad_ufes_20(path: Path, spec: str) -> Dataset:
    """All photos that the metadata list, grouped by patient; DataError names the row that breaks the format."""
    samples = with_every_photo(records_in(path), LABELS, path)
    return Dataset(spec, "PAD-UFES-20", LICENCE, LABELS, samples, archives=("pad-ufes-20",))


def records_in(path: Path) -> list[Record]:
    """The rows of the table in folder `path`."""
    return records_of(read_rows(table_in(path, METADATA, "pad-ufes-20"), COLUMNS), record_of, "img_id")


def record_of(row: Row, place: str) -> Record:
    """One row; the answers to yes-or-no questions become "true", "false" or "" (unknown)."""
    patient, lesion, image, diagnostic = needed(row, COLUMNS, place)
    code = diagnostic.lower()
    refuse_other(code, CODES, "diagnostic", place)
    answers = {name: truth_of(row[name], f"{place}, {name}") for name in (*SYMPTOMS, *HISTORY) if name in row}
    metadata = Metadata(
        fitzpatrick=fitzpatrick_of(row.get("fitspatrick", row.get("fitzpatrick", "")), place),
        sex=sex_of(row.get("gender", ""), place),
        age_years=age_of(row.get("age", ""), place),
        site=word_of(row.get("region", "")),
        acquisition="phone",
        patient=patient,
        lesion=f"{patient}_{lesion}",
    )
    stem = Path(image).stem
    return Record(stem, code, patient, (stem,), place, {**row, **answers}, metadata)
