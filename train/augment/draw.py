"""All random numbers of one epoch, drawn at once, so that sample i of epoch e never depends on what ran before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.augment.auto_augment import draw_policies
from train.augment.colour import draw_colours
from train.augment.elastic import draw_fields
from train.augment.geometry import draw_crops, draw_turns
from train.sections import Augment


@dataclass(frozen=True)
class Draws:
    """Parameters of every sample of an epoch: crops [N, 4], turns [N, 3], colours [N, 4], fields [N, 2, c, c], policies
    [N, 5], float32.

    Without elastic deformation `fields` is [N, 2, 0, 0], without AutoAugment `policies` is [N, 0].
    """

    crops: np.ndarray
    turns: np.ndarray
    colours: np.ndarray
    fields: np.ndarray
    policies: np.ndarray


def draw(
    rng: np.random.Generator, aspects: np.ndarray, config: Augment, *, deformed: np.ndarray, changed: np.ndarray
) -> Draws:
    """Parameters for photos with width / height `aspects` [N]; `deformed` and `changed` bool [N] say which ones elastic
    deformation and AutoAugment are for.
    """
    count = len(aspects)
    crops = draw_crops(rng, aspects, config.scale, config.ratio)
    turns = draw_turns(rng, count, config.flip_horizontal, config.flip_vertical, config.rotation_degrees)
    colours = draw_colours(rng, count, config.brightness, config.contrast, config.saturation, config.hue)
    fields, policies = np.zeros((count, 2, 0, 0), np.float32), np.zeros((count, 0), np.float32)
    if config.elastic_reach:
        fields = draw_fields(rng, deformed, config.elastic_reach, config.elastic_cells)
    if config.policy == "auto_augment":
        policies = draw_policies(rng, changed)
    return Draws(crops.astype(np.float32), turns.astype(np.float32), colours.astype(np.float32), fields, policies)
