"""Photos under lesion masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime.errors import ConfigError, DataError
from tests.train.conftest import SIDE_PX
from train.cli import main
from train.data.masked import MaskedSource, masked_png
from train.data.sample import bytes_of, photo_of, sha256_of
from train.data.spec import has_masks, open_data, parse, without_folders, without_masks


@pytest.fixture
def masks(tmp_path: Path, ham_folder: Path) -> Path:
    """A mask for every photo: its left half; the first named in the other way."""
    folder = tmp_path / "masks"
    folder.mkdir()
    for k, sample in enumerate(open_data(f"ham10000:{ham_folder}").samples):
        side = photo_of(sample, SIDE_PX).shape[0]
        mask = np.zeros((side, side), np.uint8)
        mask[:, : side // 2] = 255
        Image.fromarray(mask).save(folder / f"{sample.id}{'.png' if k else '_segmentation.png'}")
    return folder


def test_masked_photo_is_black_outside_the_lesion_and_as_it_was_inside(ham_folder: Path, masks: Path) -> None:
    plain = open_data(f"ham10000:{ham_folder}")
    masked = open_data(f"ham10000:{ham_folder},masks={masks}")
    whole, lesion = photo_of(plain.samples[0], SIDE_PX), photo_of(masked.samples[0], SIDE_PX)
    half = whole.shape[1] // 2
    assert np.array_equal(lesion[:, :half], whole[:, :half])
    assert not lesion[:, half:].any()
    assert whole[:, half:].any()
    assert sha256_of(masked.samples[0]) != sha256_of(plain.samples[0])
    assert masked.name == "HAM10000, black outside the lesion masks"


def test_a_missing_mask_is_one_line_that_names_it(
    ham_folder: Path, masks: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (masks / "ISIC_bcc_0.png").unlink()
    data = f"ham10000:{ham_folder},masks={masks}"
    assert main(["--recipe", "demo_phantom", "--data", data, "--out", str(tmp_path / "run")]) == 2
    lines = capfd.readouterr().err.splitlines()
    assert lines[-1] == (
        f"error: 1 of 42 photos have no lesion mask in {masks} (first: ISIC_bcc_0, as ISIC_bcc_0.png or "
        "ISIC_bcc_0_segmentation.png); add them, or leave masks= out"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.full((16, 8), 255, np.uint8), "is 8 x 16, its photo 16 x 16; make them alike"),
        (np.full((16, 16), 127, np.uint8), "marks no lesion"),
        (None, "cannot be read"),
    ],
)
def test_a_mask_that_cannot_be_used_is_refused(tmp_path: Path, mask: np.ndarray | None, message: str) -> None:
    photo, place = tmp_path / "a.jpg", tmp_path / "a.png"
    Image.new("RGB", (16, 16), (200, 100, 50)).save(photo)
    place.write_bytes(b"\x89PNG\r\n") if mask is None else Image.fromarray(mask).save(place)
    with pytest.raises(DataError, match=message):
        masked_png(MaskedSource(photo, place))


def test_spelling_keeps_and_drops_masks() -> None:
    spec = parse("ham10000:/data/ham,masks=/data/masks@test")
    assert has_masks(spec)
    assert without_folders(spec.whole) == "ham10000:ham,masks=masks"
    assert without_masks(spec).whole == "ham10000:/data/ham"
    assert not has_masks(parse("ham10000:/data/ham,masks=/data/masks+folder:/x"))
    with pytest.raises(ConfigError, match="gives an option twice"):
        parse("ham10000:/data/ham,masks=a,masks=b")


def test_bytes_of_a_masked_photo_are_a_png(ham_folder: Path, masks: Path) -> None:
    sample = open_data(f"ham10000:{ham_folder},masks={masks}").samples[3]
    assert bytes_of(sample).startswith(b"\x89PNG")
