"""The part of an ICC profile that camera colour spaces need, for Pillow builds without LittleCMS.

Layout: ICC.1:2022, sections 7.2 (header), 7.3 (tag table), 10.6 (curveType), 10.18 (parametricCurveType), 10.31 (XYZ).
"""

from __future__ import annotations

import struct

import numpy as np

HEADER_BYTES = 128
TAGS_MAX = 100
# Linear sRGB to the D50 connection space, the columns being the primaries of the sRGB profile (IEC 61966-2-1,
# Bradford-adapted); its inverse leads from any profile's connection space to sRGB.
SRGB_TO_PCS = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)


def colour_space(profile: bytes) -> str:
    """The colour space that the profile's header states ("RGB", "GRAY", "CMYK", ...), or "" where it is no profile."""
    if len(profile) < HEADER_BYTES or profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("latin-1").strip()


def to_linear_srgb(profile: bytes) -> tuple[np.ndarray, np.ndarray] | None:
    """(curves float64 [3, 256], matrix float64 [3, 3]) from 8-bit channels to linear sRGB.

    None for a profile that has other parts (tables) or is damaged: the pixels then count as sRGB.
    """
    try:
        parts = tags(profile)
        columns = [xyz(parts[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = np.stack([curve(parts[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
    except (KeyError, ValueError, IndexError, struct.error):
        return None
    matrix = np.linalg.inv(SRGB_TO_PCS) @ np.array(columns).T
    return (curves, matrix) if np.isfinite(curves).all() else None


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB, any shape, as uint8 (IEC 61966-2-1)."""
    clipped = np.clip(linear, 0.0, 1.0)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def tags(profile: bytes) -> dict[bytes, bytes]:
    """The profile's parts by their four-letter names."""
    (count,) = struct.unpack_from(">I", profile, HEADER_BYTES)
    parts = {}
    for index in range(min(count, TAGS_MAX)):
        name, offset, size = struct.unpack_from(">4sII", profile, HEADER_BYTES + 4 + 12 * index)
        parts[name] = profile[offset : offset + size]
    return parts


def xyz(part: bytes) -> list[float]:
    """Three s15Fixed16 numbers."""
    if part[:4] != b"XYZ ":
        raise ValueError(f"part {part[:4]!r} is no XYZ")
    return [value / 65536.0 for value in struct.unpack_from(">3i", part, 8)]


def curve(part: bytes) -> np.ndarray:
    """A tone curve at the 256 values of a channel: float64 [256]."""
    x = np.arange(256) / 255.0
    if part[:4] == b"curv":
        return sampled(part, x)
    if part[:4] == b"para":
        return parametric(part, x)
    raise ValueError(f"part {part[:4]!r} is no tone curve")


def sampled(part: bytes, x: np.ndarray) -> np.ndarray:
    """curveType: no entry is the identity, one is a gamma, more are a table."""
    (count,) = struct.unpack_from(">I", part, 8)
    if count == 0:
        return x
    if count * 2 > len(part) - 12:
        raise ValueError(f"tone curve says {count} entries and is cut short")
    values = np.frombuffer(part, dtype=">u2", count=count, offset=12).astype(np.float64)
    if count == 1:
        return x ** (values[0] / 256.0)
    return np.interp(x, np.linspace(0.0, 1.0, count), values / 65535.0)


def parametric(part: bytes, x: np.ndarray) -> np.ndarray:
    """parametricCurveType 0 to 4: (a x + b)^g + e from d on, c x + f below."""
    (kind,) = struct.unpack_from(">H", part, 8)
    numbers = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
    if kind not in numbers:
        raise ValueError(f"parametric curve {kind} is unknown")
    given = [value / 65536.0 for value in struct.unpack_from(f">{numbers[kind]}i", part, 12)]
    gamma, a, b, c, d, e, f = completed(kind, given)
    with np.errstate(all="ignore"):
        return np.where(x >= d, np.maximum(a * x + b, 0.0) ** gamma + e, c * x + f)


def completed(kind: int, given: list[float]) -> list[float]:
    """The seven parameters g, a, b, c, d, e, f that the shorter kinds stand for."""
    if kind == 0:
        return [*given, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    if kind in (1, 2):
        gamma, a, b = given[:3]
        if a == 0:
            raise ValueError("parametric curve divides by zero")
        floor = given[3] if kind == 2 else 0.0
        return [gamma, a, b, 0.0, -b / a, floor, floor]
    return [*given, 0.0, 0.0] if kind == 3 else given
