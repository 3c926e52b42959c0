"""Generated lesions: reproducible, distinct, of every tone."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.runtime import photo
from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import LABELS_14
from train.data.phantom import PhantomSource, phantom_image, phantom_jpeg, tone_of


@pytest.mark.parametrize("code", [label.code for label in LABELS_14])
def test_phantom_is_the_same_when_drawn_twice_and_another_when_anything_differs(code: str) -> None:
    first = phantom_image(code, 3, 5, 64)
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, phantom_image(code, 3, 5, 64))
    assert not np.array_equal(first, phantom_image(code, 4, 5, 64))
    assert not np.array_equal(first, phantom_image(code, 3, 6, 64))
    assert first.std() > 2


def test_phantom_jpeg_is_a_photo_when_loaded() -> None:
    content = phantom_jpeg(PhantomSource("mel", 0, 0, 192))
    assert content[:2] == b"\xff\xd8"
    assert photo.load(content, 64).shape == (96, 96, 3)


def test_phantom_is_enlarged_when_more_pixels_are_asked_for() -> None:
    large, drawn = phantom_image("nv", 0, 0, 1024), phantom_image("nv", 0, 0, 512)
    assert large.shape == (1024, 1024, 3)
    assert abs(float(large.mean()) - float(drawn.mean())) < 1


def test_dark_tones_are_darker_than_light_ones() -> None:
    brightness: dict[int, list[float]] = {}
    for index in range(60):
        brightness.setdefault(tone_of("healthy", index, 0), []).append(
            float(phantom_image("healthy", index, 0, 32).mean())
        )
    means = [np.mean(brightness[tone]) for tone in range(1, 7)]
    assert means == sorted(means, reverse=True)


def test_unknown_class_is_refused() -> None:
    with pytest.raises(DataError, match="'wart' is unknown; allowed: akiec"):
        phantom_image("wart", 0, 0, 64)
