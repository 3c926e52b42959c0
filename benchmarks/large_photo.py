"""The photo that everything is timed on: 12 megapixels as phones take them, made from a phantom."""

from __future__ import annotations

import io

import numpy as np

from train.data.phantom import phantom_image

WIDTH_PX, HEIGHT_PX = 4032, 3024
JPEG_QUALITY = 92
GRAIN_STEPS = 4.0


def large_photo(code: str = "mel", seed: int = 7, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> bytes:
    """JPEG of a phantom enlarged to `width_px` x `height_px`, with sensor grain, without which it decodes too fast."""
    from PIL import Image

    small = Image.fromarray(phantom_image(code, 0, seed, 768))
    box = (0, 0, small.width, round(small.width * height_px / width_px))
    large = np.asarray(small.resize((width_px, height_px), Image.Resampling.BICUBIC, box=box), dtype=np.float32)
    grain = np.random.default_rng(seed).standard_normal((height_px, width_px, 1), dtype=np.float32) * GRAIN_STEPS
    pixels = np.clip(large + grain, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
