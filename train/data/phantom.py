"""Phantoms: generated photos of lesion-like things, so that everything can be tried without any patient's photo.

They are drawings, not simulations: each class has a look that a small network can learn, with enough overlap, hair,
rulers, uneven light and compression that it does not learn it perfectly. They prove plumbing, never accuracy.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import KNOWN
from train.data.phantom_canvas import Canvas
from train.data.phantom_lesions import PAINTERS
from train.data.phantom_scene import TONES, add_hair, add_ruler, blurred, draw_tone, light, skin

JPEG_QUALITY = (55, 95)
DRAWN_SIDE_MAX_PX = 512
# How strongly a lesion stands out from its skin; faint ones keep the task from being trivial.
VISIBILITY = (0.3, 1.0)


@dataclass(frozen=True)
class PhantomSource:
    """Which phantom: it is drawn from these four values and nothing else."""

    code: str
    index: int
    seed: int
    side_px: int = 192


def rng_of(code: str, index: int, seed: int) -> np.random.Generator:
    """The randomness of one phantom."""
    if code not in PAINTERS:
        raise DataError(f"phantom class {code!r} is unknown; allowed: {', '.join(PAINTERS)}")
    return np.random.default_rng([seed, list(KNOWN).index(code), index])


def tone_of(code: str, index: int, seed: int) -> int:
    """Skin tone of the phantom as a Fitzpatrick type, 1 (lightest) to 6."""
    return min(int(draw_tone(rng_of(code, index, seed)) * len(TONES)) + 1, len(TONES))


def phantom_image(code: str, index: int, seed: int, side_px: int) -> np.ndarray:
    """Phantom uint8 [side_px, side_px, 3]; above 512 px it is drawn at 512 and enlarged."""
    drawn_px = min(side_px, DRAWN_SIDE_MAX_PX)
    rng = rng_of(code, index, seed)
    bare = skin(draw_tone(rng), drawn_px, rng)
    canvas = Canvas(bare.copy())
    PAINTERS[code](canvas, rng)
    visible = np.float32(rng.uniform(*VISIBILITY))
    pixels = light(bare + (canvas.pixels - bare) * visible, rng)
    image = blurred(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng)
    add_hair(image, rng)
    add_ruler(image, rng)
    if side_px > drawn_px:
        image = image.resize((side_px, side_px), Image.Resampling.BICUBIC)
    return np.asarray(image)


@lru_cache(maxsize=8192)
def phantom_jpeg(source: PhantomSource) -> bytes:
    """The phantom as the bytes of a JPEG file of some quality from 55 to 95."""
    pixels = phantom_image(source.code, source.index, source.seed, source.side_px)
    low, high = JPEG_QUALITY
    quality = low + (source.index * 37 + source.seed * 11) % (high - low + 1)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
