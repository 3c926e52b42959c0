"""One photo of a data set: where it comes from, its label, and the lesion or patient that it belongs to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.errors import DataError, PhotoError
from edge_app.runtime.labels import Label
from train.data.masked import MaskedSource, masked_png
from train.data.metadata import Metadata
from train.data.phantom import PhantomSource, phantom_jpeg


@dataclass(frozen=True)
class Sample:
    """`label` indexes the data set's labels; samples of one `group` never part between splits.

    `metadata` says what every data set says in one way (train/data/metadata.py); `attributes` are the set's own
    columns, word for word, under their own names.
    """

    id: str
    label: int
    group: str
    source: Path | PhantomSource | MaskedSource
    attributes: dict[str, str] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)


@dataclass(frozen=True)
class Dataset:
    """Samples sorted by id, so that the order of files and rows changes nothing.

    `fixed_splits` maps sample ids to "train", "val" or "test" where the data come already split. `notes` say in a
    sentence each what was left out or found twice. Sets with one `archive` give one photo one id and one lesion one
    group; those of a set that names none mean nothing outside it. Joined sets have several `archives`, "" for a set
    that names none.
    """

    spec: str
    name: str
    licence: str
    labels: tuple[Label, ...]
    samples: list[Sample]
    fixed_splits: dict[str, str] | None = None
    notes: tuple[str, ...] = ()
    archives: tuple[str, ...] = ("",)

    @property
    def archive(self) -> str:
        """Where ids and groups mean the same."""
        return self.archives[0] or self.spec

    def subset(self, samples: list[Sample], spec: str) -> Dataset:
        """The same data set with fewer samples."""
        return replace(self, spec=spec, samples=samples)

    def counts(self) -> np.ndarray:
        """Photos per class, int64 [K]."""
        return np.bincount([s.label for s in self.samples], minlength=len(self.labels))


def bytes_of(sample: Sample) -> bytes:
    """The photo file's bytes (a phantom's and a masked photo's are made on the fly); DataError names a file that cannot
    be read.
    """
    if isinstance(sample.source, PhantomSource):
        return phantom_jpeg(sample.source)
    if isinstance(sample.source, MaskedSource):
        return masked_png(sample.source)
    try:
        return sample.source.read_bytes()
    except OSError as error:
        raise DataError(f"photo {sample.source} cannot be read ({error}); check the file or drop it") from error


def sha256_of(sample: Sample) -> str:
    """SHA-256 of the photo file's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(bytes_of(sample)).hexdigest()


def photo_of(sample: Sample, min_side_px: int) -> np.ndarray:
    """The photo as the phone decodes it: upright sRGB uint8 [H, W, 3]; DataError names an unreadable file."""
    try:
        if isinstance(sample.source, Path):
            return photo.load(sample.source, min_side_px)
        return photo.load(bytes_of(sample), min_side_px)
    except PhotoError as error:
        raise DataError(f"{sample.id} ({sample.source}): {error}") from error
