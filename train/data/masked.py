"""Photos with everything but the lesion black, from mask files: a preprocessing that arXiv 2601.00286 compares.

Masks lie in one folder, a picture for each photo, named like the photo's file or with `_segmentation` behind it (as
those of HAM10000 and of ISIC's tasks are): ISIC_0024306.png or ISIC_0024306_segmentation.png. Of the photo's size;
128 and above is lesion.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from edge_app.runtime import photo
from edge_app.runtime.errors import DataError, PhotoError

if TYPE_CHECKING:
    from train.data.sample import Dataset

ENDINGS = (".png", "_segmentation.png")
LESION_MIN = 128
READ_ERRORS = (PhotoError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True)
class MaskedSource:
    """A photo file and the file of its lesion's mask."""

    photo: Path
    mask: Path

    def __str__(self) -> str:
        return f"{self.photo} under {self.mask}"


def with_masks(dataset: Dataset, folder: Path) -> Dataset:
    """The data set with every photo under its mask in `folder`; DataError where one has none."""
    found = [(sample, mask_of(sample.source, folder)) for sample in dataset.samples]
    bare = [sample for sample, source in found if source is None]
    if bare:
        stem = Path(str(bare[0].source)).stem
        raise DataError(
            f"{len(bare)} of {len(dataset.samples)} photos have no lesion mask in {folder} (first: {stem}, as "
            f"{stem}{ENDINGS[0]} or {stem}{ENDINGS[1]}); add them, or leave masks= out"
        )
    samples = [replace(sample, source=source) for sample, source in found if source is not None]
    return replace(dataset, samples=samples, name=f"{dataset.name}, black outside the lesion masks")


def mask_of(source: object, folder: Path) -> MaskedSource | None:
    """The photo with its mask; None where there is none."""
    if not isinstance(source, Path):
        return None
    places = (folder / f"{source.stem}{ending}" for ending in ENDINGS)
    mask = next((place for place in places if place.is_file()), None)
    return None if mask is None else MaskedSource(source, mask)


def masked_png(source: MaskedSource) -> bytes:
    """The photo as a PNG file, black outside the lesion; DataError names a file that cannot be used."""
    try:
        pixels = photo.load(source.photo, photo.PIXELS_MAX)  # a side that no photo has: nothing is shrunk
        with Image.open(source.mask) as image:
            lesion = np.asarray(image.convert("L")) >= LESION_MIN
    except READ_ERRORS as error:
        raise DataError(f"{source} cannot be read ({error}); check the files or drop them") from error
    if lesion.shape != pixels.shape[:2]:
        raise DataError(f"mask {source.mask} is {size(lesion)}, its photo {size(pixels)}; make them alike")
    if not lesion.any():
        raise DataError(f"mask {source.mask} marks no lesion (nothing of {LESION_MIN} or above); draw it or drop it")
    file = io.BytesIO()
    Image.fromarray(pixels * lesion[..., None]).save(file, "PNG", compress_level=1)
    return file.getvalue()


def size(pixels: np.ndarray) -> str:
    """As "600 x 450"."""
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
