"""What the audit reads of one photo, in a worker that need not know torch."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_app.runtime import photo
from edge_app.runtime.errors import DataError, PhotoError, one_line
from train.audit.fingerprint import SIDE_PX, coefficients
from train.data.sample import Sample, bytes_of


@dataclass(frozen=True)
class Look:
    """SHA-256 of the file, its size in pixels as stored, the fingerprint's coefficients float32 [3, 16, 16].

    `problem` says why there are none, "" where there are.
    """

    sha256: str
    width_px: int
    height_px: int
    values: np.ndarray | None
    problem: str = ""


def look(sample: Sample) -> Look:
    """The facts of one photo, decoded as training and the phone decode it."""
    try:
        content = bytes_of(sample)
    except DataError as error:
        return Look("", 0, 0, None, str(error))
    digest = hashlib.sha256(content).hexdigest()
    try:
        pixels = photo.load(content, SIDE_PX)
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except (PhotoError, OSError) as error:
        return Look(digest, 0, 0, None, one_line(error))
    return Look(digest, width, height, coefficients(pixels))
