from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from edge_app.runtime import colour, icc, photo

# Display P3's primaries adapted to D50, as Apple's profile states them (rows X, Y, Z).
P3_TO_PCS = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
SRGB_CURVE = struct.pack(
    ">4sIHH5i", b"para", 0, 3, 0, *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)


def profile(parts: dict[bytes, bytes], space: bytes = b"RGB ") -> bytes:
    """An ICC v4 monitor profile with these parts."""
    offset = 128 + 4 + 12 * len(parts)
    table, body = struct.pack(">I", len(parts)), b""
    for name, part in parts.items():
        padded = part + bytes(-len(part) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(part))
        body += padded
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(">I4s4s4s4s4s12s4s4sII4sIQI12s", offset + len(body), bytes(4), b"\x04\0\0\0", b"mntr", space,
                         b"XYZ ", bytes(12), b"acsp", b"APPL", 0, 0, bytes(4), 0, 0, 0, d50)  # fmt: skip
    return header + bytes(128 - len(header)) + table + body


def display_p3() -> bytes:
    """What phones embed: P3 primaries, sRGB's tone curve."""
    columns = {
        name: struct.pack(">4sI3i", b"XYZ ", 0, *(round(v * 65536) for v in P3_TO_PCS[:, index]))
        for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
    }
    text = "P3".encode("utf-16-be")
    described = struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", len(text), 28) + text
    white = struct.pack(">4sI3i", b"XYZ ", 0, 63190, 65536, 54061)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), SRGB_CURVE)
    return profile({b"desc": described, b"cprt": described, b"wtpt": white, **columns, **curves})


def encoded(image: Image.Image, icc_profile: bytes) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=icc_profile)
    return buffer.getvalue()


def srgb_of_p3(values: tuple[int, int, int]) -> np.ndarray:
    """sRGB of one Display-P3 colour, from the definition."""
    x = np.array(values) / 255
    linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    out = np.clip(np.linalg.inv(icc.SRGB_TO_PCS) @ P3_TO_PCS @ linear, 0, 1)
    return 255 * np.where(out <= 0.0031308, 12.92 * out, 1.055 * out ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("lcms", [True, False], ids=["lcms", "matrix"])
@pytest.mark.parametrize("values", [(200, 120, 100), (230, 190, 170), (90, 60, 50), (255, 255, 255), (128, 128, 128)])
def test_load_converts_display_p3_to_srgb(
    values: tuple[int, int, int], lcms: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colour, "has_lcms", lambda: lcms)
    loaded = photo.load(encoded(Image.new("RGB", (20, 20), values), display_p3()), 16)
    assert np.abs(loaded[0, 0] - srgb_of_p3(values)).max() <= 1.5


def test_load_makes_a_skin_tone_redder_when_it_came_in_display_p3() -> None:
    loaded = photo.load(encoded(Image.new("RGB", (20, 20), (200, 120, 100)), display_p3()), 16)
    # By hand: the P3 red primary lies outside sRGB, so the same numbers mean a more saturated red.
    np.testing.assert_allclose(loaded[0, 0], [213, 116, 95], atol=2)


def test_to_srgb_converts_grey_with_a_colour_profile() -> None:
    converted = colour.to_srgb(Image.new("L", (4, 4), 100), display_p3())
    np.testing.assert_allclose(np.asarray(converted)[0, 0], [100, 100, 100], atol=1)


def test_to_srgb_ignores_a_profile_of_another_colour_space() -> None:
    grey = profile({}, space=b"GRAY")
    np.testing.assert_array_equal(
        np.asarray(colour.to_srgb(Image.new("RGB", (2, 2), (9, 8, 7)), grey))[0, 0], [9, 8, 7]
    )


def test_to_srgb_lays_transparency_over_white_after_the_profile() -> None:
    image = Image.new("RGBA", (4, 4), (200, 120, 100, 0))
    np.testing.assert_array_equal(np.asarray(colour.to_srgb(image, display_p3()))[0, 0], [255, 255, 255])


def test_curve_gives_a_power_when_it_states_one_gamma() -> None:
    part = struct.pack(">4sIIH", b"curv", 0, 1, round(2.2 * 256))
    np.testing.assert_allclose(icc.curve(part)[[0, 128, 255]], [0.0, (128 / 255) ** (563 / 256), 1.0])


def test_curve_gives_the_identity_when_it_is_empty() -> None:
    np.testing.assert_allclose(icc.curve(struct.pack(">4sII", b"curv", 0, 0)), np.arange(256) / 255)


def test_curve_reads_between_entries_when_it_is_a_table() -> None:
    part = struct.pack(">4sII3H", b"curv", 0, 3, 0, 16384, 65535)
    np.testing.assert_allclose(icc.curve(part)[[0, 51, 255]], [0.0, 0.4 * 16384 / 65535, 1.0], atol=1e-9)


def test_curve_gives_srgb_when_parametric() -> None:
    np.testing.assert_allclose(icc.curve(SRGB_CURVE)[[5, 128]], [5 / 255 / 12.92, 0.2158605], atol=2e-5)


def test_encode_srgb_gives_known_values() -> None:
    np.testing.assert_array_equal(icc.encode_srgb(np.array([-1.0, 0.0, 0.2158605, 1.0, 2.0])), [0, 0, 128, 255, 255])


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_to_linear_srgb_gives_none_or_numbers_when_given_any_bytes(content: bytes) -> None:
    found = icc.to_linear_srgb(content)
    assert found is None or np.isfinite(found[0]).all()


@given(st.data())
@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("lcms", [True, False], ids=["lcms", "matrix"])
def test_to_srgb_gives_a_photo_when_bytes_of_the_profile_are_changed(lcms: bool, data: st.DataObject) -> None:
    content = bytearray(display_p3())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    convert = colour.by_lcms if lcms else colour.by_matrix
    image = Image.new("RGB", (4, 4), (200, 120, 100))
    assert np.asarray(convert(image, bytes(content))).shape == (4, 4, 3)


def test_the_hand_made_profile_is_one_that_lcms_reads() -> None:
    assert ImageCms.ImageCmsProfile(io.BytesIO(display_p3())).profile.xcolor_space.strip() == "RGB"
