"""The 14-class set "skin-ds" (ISIC 2019 with MSLD v2.0), in its documented layout: {train,val,test}/<class name>/.

What one lesion's or patient's photos have in common is read from their names: MSLD's DiseaseCode_PatientNumber and the
archive's ISIC_NUMBER, whatever a copy adds behind them. Its published counts are twelve times MSLD's own in training
alone (3408 mpox photos of 284), so copies of validation and test photos are probably among the training ones. If their
names say so, the splits that the set brings are refused, as any leak is; `groups=files` takes every file for a group of
its own, to repeat published figures knowing that they are too good, and `splits=own` cuts anew, by lesion.

Written against the documentation; it never met the real photos.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import LABELS_14
from train.data.folder import SPLIT_NAMES, samples_in
from train.data.metadata import Metadata
from train.data.msld_v2 import CODES as MSLD_CODES
from train.data.sample import Dataset, Sample

NAMES = {
    "actinickeratoses": "akiec", "actinickeratosis": "akiec", "basalcellcarcinoma": "bcc",
    "benignkeratosislikelesions": "bkl", "chickenpox": "chickenpox", "cowpox": "cowpox", "dermatofibroma": "df",
    "hfmd": "hfmd", "healthy": "healthy", "measles": "measles", "melanocyticnevi": "nv", "melanocyticnevus": "nv",
    "melanoma": "mel", "monkeypox": "mpox", "mpox": "mpox", "squamouscellcarcinoma": "scc", "vascularlesions": "vasc",
}  # fmt: skip
PATIENT = re.compile(rf"((?:{'|'.join(MSLD_CODES)})_\d+)_\d+|(isic_\d+)", re.IGNORECASE)
DERMOSCOPY = {"akiec", "bcc", "bkl", "df", "nv", "mel", "scc", "vasc"}
GROUPS, SPLITS = ("names", "files"), ("theirs", "own")


def open_skin_ds(path: Path, spec: str, groups: str = "names", splits: str = "theirs") -> Dataset:
    """The photos of the three split folders; DataError for a class folder that is none of the fourteen."""
    if groups not in GROUPS or splits not in SPLITS:
        raise ConfigError(f"{spec}: allowed: groups={' or '.join(GROUPS)}, splits={' or '.join(SPLITS)}")
    folders = {SPLIT_NAMES[child.name.lower()]: child for child in sorted(path.iterdir())
               if child.is_dir() and child.name.lower() in SPLIT_NAMES}  # fmt: skip
    missing = [name for name in ("train", "val", "test") if name not in folders]
    if missing:
        raise DataError(f"{spec} has no folder {', '.join(missing)}; it needs train, val and test, with class folders")
    samples: list[Sample] = []
    fixed: dict[str, str] = {}
    for split, folder in folders.items():
        for child in sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] != "."):
            own = [grouped(sample, groups) for sample in samples_in(child, class_of(child), f"{split}/{child.name}")]
            fixed.update({sample.id: split for sample in own})
            samples += own
    ordered = sorted(samples, key=lambda sample: sample.id)
    return Dataset(spec, "skin-ds", "CC0 (as its page says)", LABELS_14, ordered, fixed if splits == "theirs" else None)


def class_of(folder: Path) -> int:
    """Index of the class that a folder is named after."""
    code = NAMES.get(re.sub(r"[^a-z]", "", folder.name.lower()))
    if code is None:
        raise DataError(f"class folder {folder} is none of the 14; allowed: {', '.join(NAMES)}, however spelled")
    return [label.code for label in LABELS_14].index(code)


def grouped(sample: Sample, groups: str) -> Sample:
    """The sample with its lesion or patient, as far as its name tells, and how the photo was taken."""
    match = PATIENT.search(Path(sample.id).name)
    name = (match[1] or match[2]).lower() if match and groups == "names" else sample.id
    taken = "dermoscopy" if LABELS_14[sample.label].code in DERMOSCOPY else "clinical"
    return replace(sample, group=name, metadata=Metadata(acquisition=taken))
