"""Fitzpatrick17k (Groh et al. 2021, arXiv:2104.09957): fitzpatrick17k.csv and the photos that could be fetched.

A photo is PATH/**/<md5hash>.jpg, or named like `url_alphanum`. Many addresses no longer answer, so rows without a photo
are left out and counted. `labels=` chooses among 114 conditions ("label", the default), nine partitions ("nine") and
three ("three": benign, malignant, non-neoplastic). Skin type: `fitzpatrick_scale`, -1 meaning unknown.
The table says nothing of patients: each photo is a group of its own, so look for near duplicates with the audit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import Label, RiskTier
from train.data.metadata import Metadata, fitzpatrick_of
from train.data.sample import Dataset
from train.data.table import Record, Row, needed, read_rows, records_of, table_in, with_photos_there

TABLES = ("fitzpatrick17k.csv", "fitzpatrick17k_head.csv")
LEVELS = {"label": "label", "nine": "nine_partition_label", "three": "three_partition_label"}
COLUMNS = ("md5hash", "fitzpatrick_scale", "label", "nine_partition_label", "three_partition_label")
# Words that make a partition or condition urgent; other names get the cautious middle.
URGENT = re.compile(r"malignant|melanoma|carcinoma|lymphoma|sarcoma|metast", re.IGNORECASE)
LICENCE = "CC BY-NC-SA 3.0"


def open_fitzpatrick17k(path: Path, spec: str, labels: str = "label") -> Dataset:
    """The photos that are there, each a group of its own; the notes count those that are not."""
    records, names = records_in(path, labels)
    classes = tuple(class_of(code, name) for code, name in sorted(names.items()))
    samples, missing = with_photos_there(records, classes, path)
    notes = (f"{spec}: {missing} of {len(records)} photos of the table are not there and left out",) if missing else ()
    return Dataset(spec, "Fitzpatrick17k", LICENCE, classes, samples, notes=notes, archives=("fitzpatrick17k",))


def records_in(path: Path, labels: str) -> tuple[list[Record], dict[str, str]]:
    """The rows of the table in folder `path`, and the name of each code."""
    if labels not in LEVELS:
        raise ConfigError(f"labels={labels!r} is unknown to fitzpatrick17k; allowed: {', '.join(LEVELS)}")
    rows = read_rows(table_in(path, TABLES, "fitzpatrick17k"), COLUMNS)
    records = records_of(rows, record_of(LEVELS[labels]), "md5hash")
    return records, {code_of(row[LEVELS[labels]]): row[LEVELS[labels]] for _, row in rows}


def record_of(column: str) -> Callable[[Row, str], Record]:
    """Reads one row, its class from `column`."""

    def read(row: Row, place: str) -> Record:
        name, condition = needed(row, ("md5hash", column), place)
        tone = fitzpatrick_of(row["fitzpatrick_scale"], place)
        stems = tuple(stem for stem in (name, Path(row.get("url_alphanum", "")).stem) if stem)
        metadata = Metadata(fitzpatrick=tone, acquisition="clinical")
        return Record(name, code_of(condition), name, stems, place, dict(row), metadata)

    return read


def code_of(name: str) -> str:
    """A condition's name as a code: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def class_of(code: str, name: str) -> Label:
    """A class by its name in the table."""
    return Label(code, name, RiskTier.URGENT if URGENT.search(name) else RiskTier.SOON)
