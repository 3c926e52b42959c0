"""Decoding for training and for validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError
from train.data.pixels import decode_for_model, decode_for_training, work_side_px
from train.data.sample import Sample

RULE = FitRule(side_px=32, resize_px=36)


@pytest.mark.parametrize(("scale", "side_px"), [(1.0, 128), (0.7, 153), (0.5, 182), (0.08, 256)])
def test_work_side_gives_the_smallest_crop_all_its_pixels_up_to_two_sides(scale: float, side_px: int) -> None:
    assert work_side_px(128, scale) == side_px


def test_decode_for_model_equals_the_phone_to_the_bit(tmp_path: Path, photo_file: Callable[..., Path]) -> None:
    path = photo_file(tmp_path / "a.jpg", "mel", 1)
    fitted = decode_for_model([Sample("a", 0, "a", path)], RULE, "test")
    assert np.array_equal(fitted[0].transpose(1, 2, 0), photo.fit(photo.load(path, RULE.resize_px), RULE))


def test_decode_for_training_remembers_the_shape_when_a_photo_is_wide(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (80, 40), (200, 100, 50)).save(tmp_path / "wide.png")
    pixels = decode_for_training([Sample("a", 0, "a", tmp_path / "wide.png")], RULE, 36)
    assert pixels.photos.shape == (1, 3, 36, 36)
    assert pixels.photos[0, :, 0, 0].tolist() == [200, 100, 50]
    assert pixels.aspects.tolist() == [2.0]


def test_decode_names_the_photo_when_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    with pytest.raises(DataError, match=r"ISIC_7 .*torn\.jpg.* cannot be read|ISIC_7 .*torn\.jpg"):
        decode_for_model([Sample("ISIC_7", 0, "a", tmp_path / "torn.jpg")], RULE, "test")
