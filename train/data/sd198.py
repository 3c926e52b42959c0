"""SD-198 (Sun et al. 2016, doi:10.1007/978-3-319-46466-4_13) in its documented layout: images/<Class_Name>/*.jpg.

PATH is the folder that holds `images` (or `sd-198/images`), beside classes.txt and the other lists, which are not
needed. Nothing tells patients apart: each photo is a group of its own, so look for near duplicates with the audit.

Written against the documentation; it never met the real photos.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label, RiskTier
from train.data.folder import samples_in
from train.data.metadata import Metadata
from train.data.sample import Dataset

PLACES = ("images", "sd-198/images", "SD-198/images")
URGENT = re.compile(r"melanoma|carcinoma|lymphoma|sarcoma|metast|paget|mycosis_fungoides", re.IGNORECASE)
# Names of the set that are exactly a class of the project, so that label maps and models meet.
SAME = {"Basal_Cell_Carcinoma": "bcc", "Malignant_Melanoma": "mel", "Dermatofibroma": "df"}


def open_sd198(path: Path, spec: str) -> Dataset:
    """Every photo, classes in the order of their folders' names."""
    images = next((path / place for place in PLACES if (path / place).is_dir()), None)
    if images is None:
        raise DataError(f"sd-198:{path} has no folder images; name the one that holds images/<Class_Name>/*.jpg")
    folders = sorted(child for child in images.iterdir() if child.is_dir() and child.name[0] != ".")
    labels = tuple(class_of(folder.name) for folder in folders)
    samples = [
        replace(sample, metadata=Metadata(acquisition="clinical"))
        for k, folder in enumerate(folders)
        for sample in samples_in(folder, k, folder.name)
    ]
    ordered = sorted(samples, key=lambda sample: sample.id)
    return Dataset(spec, "SD-198", "research use only", labels, ordered, archives=("sd-198",))


def class_of(name: str) -> Label:
    """A class by its folder's name, in characters that a code may have."""
    code = SAME.get(name) or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Label(code, name.replace("_", " "), RiskTier.URGENT if URGENT.search(name) else RiskTier.SOON)
