from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFilter

from edge_app.runtime import quality
from train.data.phantom import phantom_image


def good(side_px: int = 512) -> np.ndarray:
    """A phantom melanoma that passes every check."""
    return phantom_image("mel", 8, 5, side_px)


def changed(factor: float, offset: float = 0.0) -> np.ndarray:
    return np.clip(good().astype(np.float32) * factor + offset, 0, 255).astype(np.uint8)


def blurred() -> np.ndarray:
    return np.asarray(Image.fromarray(good()).filter(ImageFilter.GaussianBlur(5)))


def shiny() -> np.ndarray:
    image = good().copy()
    image[200:270, 220:290] = 255
    return image


def grey() -> np.ndarray:
    return np.repeat(good().mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


def bare() -> np.ndarray:
    rng = np.random.default_rng(3)
    skin = np.array([198, 150, 122]) + rng.normal(0, 6, (400, 400, 1))
    return np.clip(skin, 0, 255).astype(np.uint8)


def test_good_phantom_has_no_issue() -> None:
    report = quality.assess(good())
    assert (report.codes, report.is_good) == ((), True)


@pytest.mark.parametrize(
    ("code", "image"),
    [
        ("blur", blurred()),
        ("dark", changed(0.15)),
        ("bright", changed(0.3, 215)),
        ("glare", shiny()),
        ("small", good(160)),
        ("no_skin", grey()),
        ("far", bare()),
    ],
)
def test_spoiled_phantom_is_told_what_to_do(code: str, image: np.ndarray) -> None:
    report = quality.assess(image)
    assert code in report.codes
    issue = report.issues[report.codes.index(code)]
    assert (issue.text, issue.value) == (quality.TEXTS[code], report.measured[quality.FIGURES[code]])


@pytest.mark.parametrize("tone", [(247, 222, 205), (224, 178, 148), (160, 110, 80), (96, 62, 44), (58, 36, 26)])
def test_skin_of_every_tone_is_skin(tone: tuple[int, int, int]) -> None:
    assert quality.skin_mask(np.full((4, 4, 3), tone, np.float32)).all()


@pytest.mark.parametrize("colour", [(90, 140, 220), (128, 128, 128), (60, 160, 60), (255, 255, 255), (0, 0, 0)])
def test_sky_walls_and_leaves_are_not_skin(colour: tuple[int, int, int]) -> None:
    assert not quality.skin_mask(np.full((4, 4, 3), colour, np.float32)).any()


def test_sharpness_is_the_laplacian_of_a_single_dot() -> None:
    grey_image = np.zeros((5, 5), np.float32)
    grey_image[2, 2] = 10
    # |4 * 10| once, |-10| four times and 0 four times: the 99.5th percentile lies at 0.96 of the way from 10 to 40.
    assert quality.sharpness(grey_image) == pytest.approx(10 + 0.96 * 30)


def test_report_is_the_same_for_a_larger_photo_of_the_same_thing() -> None:
    large = np.asarray(Image.fromarray(good()).resize((1536, 1536), Image.Resampling.BICUBIC))
    small, big = quality.assess(good()).measured, quality.assess(large).measured
    assert big["short_side_px"] == 1536
    assert {k: round(v, 2) for k, v in big.items() if k in ("skin", "lesion")} == pytest.approx(
        {k: v for k, v in small.items() if k in ("skin", "lesion")}, abs=0.02
    )


@settings(max_examples=60)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(16, 60), st.integers(16, 60), st.just(3))))
def test_any_photo_gets_finite_figures_and_known_codes(image: np.ndarray) -> None:
    report = quality.assess(image)
    assert all(np.isfinite(list(report.measured.values())))
    assert set(report.codes) <= set(quality.TEXTS)
