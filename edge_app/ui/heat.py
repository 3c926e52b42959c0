"""Where the model looked: the class activation map of one class as a picture to lay over the photo. Slow, no Kivy."""

from __future__ import annotations

import numpy as np

from edge_app.runtime.card import FitRule

SIDE_PX = 192
# The map ends where the model's square ends; a soft edge of this share of the square shows that it is an end.
SOFT_EDGE = 0.05
# From no heat to most: transparent, then yellow to red, as bytes of red, green, blue, alpha.
STOPS = np.array([[255, 230, 80, 0], [255, 200, 40, 70], [255, 110, 20, 150], [225, 20, 30, 205]], np.float64)


def overlay(cam: np.ndarray, index: int, rule: FitRule, width_px: int, height_px: int) -> np.ndarray:
    """uint8 [h, w, 4] to lay over a photo of this size: heat of class `index` of `cam` [h, w, K]."""
    return heat_image(heat_over(heat(cam, index), rule, width_px, height_px))


def heat(cam: np.ndarray, index: int) -> np.ndarray:
    """Where class `index` was seen: `cam` [h, w, K] of it, its negative part cut off, scaled to 0..1."""
    values = np.maximum(cam[..., index].astype(np.float64), 0.0)
    largest = values.max()
    return np.asarray(values / largest if largest > 0 else values)


def heat_over(values: np.ndarray, rule: FitRule, width_px: int, height_px: int, side_px: int = SIDE_PX) -> np.ndarray:
    """Heat 0..1 over a whole photo of this size, float32, its short side `side_px`: 0 where the model did not look.

    The model sees the central square, `side_px / resize_px` of the short side.
    """
    from PIL import Image

    scale = side_px / min(width_px, height_px)
    width, height = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    seen = max(1, round(side_px * rule.side_px / rule.resize_px))
    grown = Image.fromarray(values.astype(np.float32)).resize((seen, seen), Image.Resampling.BICUBIC)
    whole = np.zeros((height, width), np.float32)
    top, left = (height - seen) // 2, (width - seen) // 2
    whole[top : top + seen, left : left + seen] = np.clip(np.asarray(grown), 0.0, 1.0) * soft_edge(seen)
    return whole


def soft_edge(side_px: int) -> np.ndarray:
    """Float32 [side_px, side_px]: 1 inside, falling towards 0 at the edges."""
    places = np.arange(side_px, dtype=np.float32) + 0.5
    inside = np.clip(np.minimum(places, side_px - places) / max(1.0, SOFT_EDGE * side_px), 0.0, 1.0)
    return np.asarray(np.minimum(inside[:, None], inside[None, :]))


def heat_image(values: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 4] of heat 0..1: nothing where there is none, through yellow to red."""
    places = np.clip(values, 0, 1) * (len(STOPS) - 1)
    low = np.minimum(places.astype(int), len(STOPS) - 2)
    part = (places - low)[..., None]
    return np.asarray(STOPS[low] * (1 - part) + STOPS[low + 1] * part, dtype=np.uint8)
