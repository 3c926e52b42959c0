"""MSLD v2.0, the Mpox Skin Lesion Dataset (Ali et al. 2024, arXiv:2306.14169), in its documented layout.

`Original Images/FOLDS/fold1..5/{Train,Valid,Test}/<class>/`, and `Augmented Images/FOLDS_AUG/...`. Photos are named
DiseaseCode_PatientNumber_ImageNumber, as in MKP_17_01: class and patient are read from the name, so folders do not
matter. The five folds hold the same photos: each counts once. The augmented copies are left out; training augments by
itself, and a copy of a test photo must not be trained on. Cut with @fold1of5:val and the like, by patient.

Written against the documentation; it never met the real photos.
"""

from __future__ import annotations

import re
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import label
from edge_app.runtime.photo import SUFFIXES
from train.data.metadata import Metadata
from train.data.sample import Dataset, Sample

CODES = {"mkp": "mpox", "chp": "chickenpox", "cwp": "cowpox", "msl": "measles", "hfmd": "hfmd", "healthy": "healthy"}
NAME = re.compile(rf"({'|'.join(CODES)})_(\d+)_(\d+)", re.IGNORECASE)
AUGMENTED = re.compile(r"augment|_aug", re.IGNORECASE)
LICENCE = "CC BY-NC 4.0"


def open_msld_v2(path: Path, spec: str) -> Dataset:
    """The original photos, each once, grouped by patient; DataError for a photo whose name says no class."""
    labels = tuple(label(code) for code in CODES.values())
    files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in SUFFIXES and file.name[0] != "."]
    original = [file for file in files if not any(AUGMENTED.search(part) for part in file.relative_to(path).parts)]
    if not original:
        raise DataError(f"msld-v2:{path} holds no photo besides augmented ones; name the folder of `Original Images`")
    samples: dict[str, Sample] = {}
    for file in original:
        sample = sample_of(file, [one.code for one in labels])
        samples.setdefault(sample.id, sample)
    left = len(files) - len(original)
    notes = (f"{spec}: {left} augmented copies are left out",) if left else ()
    ordered = [samples[name] for name in sorted(samples)]
    return Dataset(spec, "MSLD v2.0", LICENCE, labels, ordered, notes=notes, archives=("msld-v2",))


def sample_of(file: Path, codes: list[str]) -> Sample:
    """One photo, as its name describes it."""
    match = NAME.fullmatch(file.stem)
    if match is None:
        raise DataError(f"msld-v2: photo {file} is not named CODE_PATIENT_NUMBER; codes: {', '.join(CODES).upper()}")
    disease = match[1].lower()
    patient = f"{disease}_{int(match[2])}"
    metadata = Metadata(acquisition="clinical", patient=patient)
    return Sample(file.stem.upper(), codes.index(CODES[disease]), patient, file, {}, metadata)
