from __future__ import annotations

import io

import numpy as np
from PIL import Image

from benchmarks.large_photo import HEIGHT_PX, WIDTH_PX, large_photo
from edge_app.runtime import photo


def test_large_photo_has_twelve_megapixels() -> None:
    content = large_photo()
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (WIDTH_PX, HEIGHT_PX))
    assert WIDTH_PX * HEIGHT_PX == 12_192_768
    assert len(content) < photo.BYTES_MAX


def test_large_photo_is_the_same_again_when_the_seed_is() -> None:
    first, again, other = (large_photo(seed=seed, width_px=160, height_px=120) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_large_photo_is_read_like_any_other() -> None:
    pixels = photo.load(large_photo(width_px=160, height_px=120), 100)
    assert pixels.shape == (120, 160, 3)
    assert pixels.dtype == np.uint8
