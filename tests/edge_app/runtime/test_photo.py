from __future__ import annotations

import io
import os
import sys
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import PhotoError

RULE = FitRule(side_px=32, resize_px=36)


def gradient(width: int, height: int) -> np.ndarray:
    """uint8 [height, width, 3]: red grows to the right, green downwards."""
    x, y = np.linspace(0, 255, width), np.linspace(0, 255, height)
    return np.stack(np.broadcast_arrays(x[None], y[:, None], 128.0), axis=-1).astype(np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    return encoded(Image.fromarray(gradient(width, height)))


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims a size."""
    content = bytearray(png(20, 20))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def failure(source: str | Path | bytes) -> str:
    """The message of the PhotoError that `source` causes."""
    with pytest.raises(PhotoError) as caught:
        photo.load(source, 32)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_load_gives_the_pixels_when_the_source_is_a_path_a_string_or_bytes(tmp_path: Path) -> None:
    path = tmp_path / "lesion.png"
    path.write_bytes(png(40, 30))
    for source in (path, str(path), path.read_bytes()):
        loaded = photo.load(source, 16)
        assert loaded.dtype == np.uint8 and loaded.flags["C_CONTIGUOUS"] and loaded.flags["WRITEABLE"]
        np.testing.assert_array_equal(loaded, gradient(40, 30))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_load_gives_the_pixels_closely_when_the_format_is_lossy(kind: str) -> None:
    loaded = photo.load(encoded(Image.fromarray(gradient(64, 48)), kind, quality=95), 64)
    assert loaded.shape == (48, 64, 3)
    assert np.abs(loaded.astype(int) - gradient(64, 48)).mean() < 3


@pytest.mark.parametrize(
    ("min_side_px", "size"), [(1, (50, 38)), (38, (50, 38)), (39, (100, 75)), (76, (200, 150)), (151, (400, 300))]
)
def test_load_shrinks_a_jpeg_while_decoding_when_the_short_side_stays_long_enough(
    min_side_px: int, size: tuple[int, int]
) -> None:
    content = encoded(Image.fromarray(gradient(400, 300)), "JPEG")
    assert photo.load(content, min_side_px).shape == (size[1], size[0], 3)


@given(st.integers(16, 300), st.integers(16, 300), st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_load_never_shrinks_below_the_short_side_asked_for(width: int, height: int, min_side_px: int) -> None:
    loaded = photo.load(encoded(Image.new("L", (width, height)), "JPEG"), min_side_px)
    assert min(loaded.shape[:2]) >= min(min_side_px, width, height)


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: a[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
        (77, lambda a: a),
    ],
)
def test_load_turns_the_photo_upright_when_exif_says_so(orientation: int, turned: object) -> None:
    image = Image.fromarray(gradient(40, 30))
    exif = image.getexif()
    exif[0x0112] = orientation
    assert callable(turned)
    np.testing.assert_array_equal(photo.load(encoded(image, exif=exif), 16), turned(gradient(40, 30)))


def test_load_shrinks_a_two_picture_jpeg_too() -> None:
    image = Image.fromarray(gradient(400, 300))
    buffer = io.BytesIO()
    image.save(buffer, "MPO", save_all=True, append_images=[image])
    assert photo.load(buffer.getvalue(), 32).shape == (38, 50, 3)


@pytest.mark.filterwarnings("error")
def test_load_ignores_exif_when_it_is_damaged() -> None:
    content = encoded(Image.fromarray(gradient(40, 30)), exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    np.testing.assert_array_equal(photo.load(content, 16), gradient(40, 30))


def test_load_keeps_a_grey_photo_grey() -> None:
    grey = gradient(40, 30)[..., 0]
    np.testing.assert_array_equal(photo.load(encoded(Image.fromarray(grey)), 16), np.stack([grey] * 3, axis=-1))


def test_load_divides_a_16_bit_grey_photo_by_257() -> None:
    values = np.tile(np.array([0, 257, 32896, 65535], dtype=np.uint16), (20, 5))
    loaded = photo.load(encoded(Image.fromarray(values)), 16)
    np.testing.assert_array_equal(loaded[0, :4, 0], [0, 1, 128, 255])


def test_load_looks_up_colours_when_the_photo_has_a_palette() -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    np.testing.assert_array_equal(photo.load(encoded(image), 16)[3, 3], [200, 100, 50])


def test_load_takes_black_and_white() -> None:
    np.testing.assert_array_equal(photo.load(encoded(Image.new("1", (20, 20), 1)), 16)[0, 0], [255, 255, 255])


@pytest.mark.parametrize(
    ("mode", "colour", "wanted"),
    [
        ("RGBA", (200, 100, 50, 0), [255, 255, 255]),
        ("RGBA", (200, 100, 50, 255), [200, 100, 50]),
        ("RGBA", (0, 100, 50, 51), [204, 224, 214]),  # 0.2 of the colour, 0.8 of white
        ("LA", (100, 0), [255, 255, 255]),
    ],
)
def test_load_lays_transparency_over_white(mode: str, colour: tuple[int, ...], wanted: list[int]) -> None:
    np.testing.assert_array_equal(photo.load(encoded(Image.new(mode, (20, 20), colour)), 16)[0, 0], wanted)


def test_load_lays_a_transparent_palette_entry_over_white() -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    np.testing.assert_array_equal(photo.load(encoded(image, transparency=1), 16)[0, 0], [255, 255, 255])


def test_load_converts_cmyk() -> None:
    image = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    red, green, blue = photo.load(encoded(image, "JPEG", quality=100), 16)[5, 5]
    assert red > 240 and green < 15 and blue < 15


def test_load_keeps_pixels_when_the_profile_is_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    loaded = photo.load(encoded(Image.fromarray(gradient(40, 30)), icc_profile=profile), 16)
    assert np.abs(loaded.astype(int) - gradient(40, 30)).max() <= 1


@pytest.mark.parametrize("profile", [b"", b"no profile", bytes(200), bytes(36) + b"acsp" + bytes(200)])
def test_load_takes_the_pixels_as_srgb_when_the_profile_is_damaged(profile: bytes) -> None:
    content = encoded(Image.fromarray(gradient(40, 30)), icc_profile=profile)
    np.testing.assert_array_equal(photo.load(content, 16), gradient(40, 30))


def test_load_refuses_a_missing_file(tmp_path: Path) -> None:
    assert "absent.jpg does not exist" in failure(tmp_path / "absent.jpg")


def test_load_refuses_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in failure(tmp_path)


def test_load_refuses_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "none.jpg").touch()
    assert "none.jpg is empty (0 bytes)" in failure(tmp_path / "none.jpg")
    assert "is empty" in failure(b"")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_load_refuses_a_pipe_instead_of_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "not a regular file" in failure(tmp_path / "pipe.jpg")


def test_load_refuses_a_path_with_a_null_character() -> None:
    assert "photo" in failure("a\0b.jpg")


@pytest.mark.parametrize("content", [b"%PDF-1.7 ...", b"hello", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", bytes(1000)])
def test_load_refuses_what_is_no_image(content: bytes) -> None:
    assert failure(content).startswith("photo is ")


def test_load_refuses_a_format_that_is_not_on_the_list() -> None:
    assert "use a JPEG, PNG or WebP photo" in failure(encoded(Image.new("RGB", (40, 40)), "GIF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_load_refuses_a_file_that_is_cut_short(kind: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    assert "damaged" in failure(content[: int(len(content) * kept)])


def test_load_refuses_more_than_25_mb(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(40, 30) + bytes(photo.BYTES_MAX))
    assert "large.png is larger than 25 MB" in failure(path)


@pytest.mark.parametrize(("width", "height"), [(8000, 6251), (12_000, 9_000), (60_000, 60_000)])
def test_load_refuses_more_than_50_million_pixels_without_decoding_them(width: int, height: int) -> None:
    assert "50 million" in failure(png_claiming(width, height))


def test_load_refuses_three_by_two_pixels() -> None:
    assert "3 x 2 px; each side needs 16 px" in failure(png(3, 2))


def test_load_refuses_a_strip() -> None:
    assert "at most 20:1 is allowed" in failure(png(16 * 21, 16))


def test_load_says_how_to_save_heic_when_pillow_heif_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "save it as JPEG" in failure(b"\0\0\0\x18ftypheic" + bytes(100))


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 "])
)
@settings(max_examples=150, deadline=None)
def test_load_raises_nothing_but_photo_error_when_given_any_bytes(content: bytes, start: bytes) -> None:
    try:
        loaded = photo.load(start + content, 32)
    except PhotoError as error:
        assert "\n" not in str(error)
    else:
        assert loaded.dtype == np.uint8


@cache
def whole_photo(kind: str) -> bytes:
    """A turned photo with a profile. Once for all: a profile holds the time at which it was made."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(gradient(40, 30))
    exif = image.getexif()
    exif[0x0112] = 6
    return encoded(image, kind, icc_profile=profile, exif=exif)


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
@settings(max_examples=150, deadline=None)
def test_load_raises_nothing_but_photo_error_when_bytes_of_a_photo_are_changed(kind: str, data: st.DataObject) -> None:
    content = bytearray(whole_photo(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert photo.load(bytes(content), 16).shape[2] == 3
    except PhotoError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("size", [(100, 80), (80, 100), (36, 36), (20, 17), (333, 57), (41, 36)])
@pytest.mark.parametrize("filter_name", ["bilinear", "bicubic"])
def test_fit_gives_what_torchvision_gives(size: tuple[int, int], filter_name: str) -> None:
    from torchvision.transforms import v2

    resample = {"bilinear": v2.InterpolationMode.BILINEAR, "bicubic": v2.InterpolationMode.BICUBIC}[filter_name]
    pipeline = v2.Compose([v2.Resize(36, interpolation=resample), v2.CenterCrop(32)])
    image = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    fitted = photo.fit(image, FitRule(side_px=32, resize_px=36, filter=filter_name))
    np.testing.assert_array_equal(fitted, np.asarray(pipeline(Image.fromarray(image))))


def test_fit_gives_the_middle_when_nothing_has_to_be_resized() -> None:
    image = gradient(50, 36)
    np.testing.assert_array_equal(photo.fit(image, RULE), image[2:34, 9:41])


@given(st.integers(16, 120), st.integers(16, 120), st.integers(16, 64), st.integers(0, 32))
@settings(max_examples=60, deadline=None)
def test_fit_gives_a_square_of_the_models_side_when_given_any_photo(w: int, h: int, side: int, more: int) -> None:
    fitted = photo.fit(gradient(w, h), FitRule(side_px=side, resize_px=side + more))
    assert fitted.shape == (side, side, 3) and fitted.dtype == np.uint8


@pytest.mark.parametrize(
    "image", [np.zeros((40, 40, 3)), np.zeros((40, 40), np.uint8), np.zeros((40, 40, 4), np.uint8)]
)
def test_check_array_refuses_what_is_no_srgb_photo(image: np.ndarray) -> None:
    with pytest.raises(PhotoError, match=r"allowed: uint8 \[H, W, 3\]"):
        photo.check_array(image)
