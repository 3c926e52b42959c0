"""All random numbers of one epoch, drawn at once, so that sample i of epoch e never depends on what ran before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.augment.colour import draw_colours
from train.augment.geometry import draw_crops, draw_turns
from train.config import Augment


@dataclass(frozen=True)
class Draws:
    """Parameters of every sample of an epoch: crops [N, 4], turns [N, 3], colours [N, 4], float32."""

    crops: np.ndarray
    turns: np.ndarray
    colours: np.ndarray


def draw(rng: np.random.Generator, aspects: np.ndarray, config: Augment) -> Draws:
    """Parameters for photos with width / height `aspects` [N]."""
    count = len(aspects)
    crops = draw_crops(rng, aspects, config.scale, config.ratio)
    turns = draw_turns(rng, count, config.flip_horizontal, config.flip_vertical, config.rotation_degrees)
    colours = draw_colours(rng, count, config.brightness, config.contrast, config.saturation, config.hue)
    return Draws(crops.astype(np.float32), turns.astype(np.float32), colours.astype(np.float32))
