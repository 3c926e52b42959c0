"""Photos for the calibrations of other tools: phantoms, as those tools' networks take them."""

from __future__ import annotations

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from train.data.phantom import PhantomSource, phantom_jpeg

# Enough for ranges; what a range is does not change how long a file takes.
COUNT = 8
SEED = 71
MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
STD = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)


def normalised(side_px: int) -> list[np.ndarray]:
    """float32 `[1, 3, S, S]`, less the mean colour and over its deviation, as timm's networks are fed."""
    rule = FitRule(side_px=side_px, resize_px=side_px)
    sources = [PhantomSource("nv", index, SEED, max(side_px, 64)) for index in range(COUNT)]
    images = [photo.fit(photo.load(phantom_jpeg(source), side_px), rule) for source in sources]
    return [(image.transpose(2, 0, 1)[None].astype(np.float32) / 255 - MEAN) / STD for image in images]
