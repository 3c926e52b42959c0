"""Is the photo normalised exactly once? Photos through the file, against what the float model would say to them
normalised once, twice, or not at all: the nearest of these is what the file does.

Black, grey and white ask the question most sharply. 8-bit activations whose ranges come from photos may cut just these
off, which looks like anything; so a few phantoms are asked, too, and the distance is the median over all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from export.checks.check import Check, Outcome
from train.data.phantom import phantom_image

if TYPE_CHECKING:
    from train.checkpoint import TrainedModel

NAME = "normalisation exactly once"
LEVELS = (0, 128, 255)
PHANTOMS = ("mel", "nv", "vasc", "mpox")
# Of phantoms that no data spelling reaches by chance.
SEED, DRAWN_PX = 20261, 192
ONCE = "once"
ASKED = "black, grey, white and phantoms"


def photos_of(side_px: int) -> np.ndarray:
    """Black, grey, white, then phantoms, uint8 `[N, S, S, 3]`."""
    drawn = [Image.fromarray(phantom_image(code, 0, SEED, DRAWN_PX)).resize((side_px, side_px)) for code in PHANTOMS]
    return np.concatenate([flat_photos(side_px), np.stack([np.asarray(image) for image in drawn])])


def flat_photos(side_px: int) -> np.ndarray:
    """Black, grey and white, uint8 `[3, S, S, 3]`."""
    return np.stack([np.full((side_px, side_px, 3), level, dtype=np.uint8) for level in LEVELS])


def check(exported: Callable[[np.ndarray], np.ndarray], trained: TrainedModel, temperature: float) -> Check:
    """Which hypothesis the logits `[K]` that `exported` gives for uint8 `[S, S, 3]` photos are nearest to."""
    photos = photos_of(trained.fit.side_px)
    expected = {name: logits / temperature for name, logits in hypotheses(trained, photos).items()}
    return judge(np.stack([exported(photo) for photo in photos]), expected)


def hypotheses(trained: TrainedModel, photos: np.ndarray) -> dict[str, np.ndarray]:
    """The float model's logits `[N, K]` by how often the photos were normalised; 0..255 and 0..1 are both "not"."""
    parameter = next(trained.module.parameters())
    raw = torch.from_numpy(photos).permute(0, 3, 1, 2).to(parameter.dtype)
    mean = torch.tensor(trained.mean, dtype=raw.dtype).reshape(1, 3, 1, 1)
    std = torch.tensor(trained.std, dtype=raw.dtype).reshape(1, 3, 1, 1)
    once = (raw / 255 - mean) / std
    inputs = {
        ONCE: once,
        "not at all (0..255)": raw,
        "not at all (0..1)": raw / 255,
        "twice": (once / 255 - mean) / std,
        "twice, scaled once": (once - mean) / std,
    }
    with torch.inference_mode():
        return {name: trained.module(pixels).numpy() for name, pixels in inputs.items()}


def judge(found: np.ndarray, expected: dict[str, np.ndarray]) -> Check:
    """The verdict from the file's logits `[N, K]` and those of each hypothesis."""
    distances = {name: distance(found, logits) for name, logits in expected.items()}
    nearest = min(distances, key=lambda name: distances[name])
    others = min(value for name, value in distances.items() if name != ONCE)
    reasons = tuple(f"normalised {name}: logits are {away:.3g} away (median)" for name, away in distances.items())
    if nearest != ONCE:
        return Check(NAME, Outcome.FAIL, f"{ASKED} look normalised {nearest}", reasons)
    if distances[ONCE] > 0.5 * others:
        return Check(NAME, Outcome.WARNING, f"{ASKED} are nearest to once, but not by far", reasons)
    return Check(NAME, Outcome.OK, f"{ASKED} are answered as the float model does", reasons)


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    """The median over photos of the rms difference of logits `[N, K]`."""
    return float(np.median(np.sqrt(np.mean((found - expected) ** 2, axis=1))))
