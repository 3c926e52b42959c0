"""A perceptual hash that survives resizing, re-encoding, brightness, contrast, mirroring, quarter turns and trimming.

The signs of the 255 lowest cosine coefficients of the grey photo at 64 x 64 (pHash, Zauner 2010, with signs in place of
the median and 16 x 16 coefficients in place of 8 x 8). Brightness and contrast change no sign; mirroring changes those
of the odd coefficients, and a turn swaps rows and columns, so eight orientations cost no further decoding. Each photo
is hashed whole and without its border, since copies are often trimmed. The usual 64 bits do not tell skin photos
apart: nearly all show a dark spot in the middle of a light square (decision 0051).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

SIDE_PX = 64
COEFFICIENTS = 16
BITS = COEFFICIENTS**2 - 1  # all but the mean
# What is cut off each side, half of it at either end, before the photo is hashed again.
TRIMS = (0.0, 0.05, 0.10)
# Distance up to which two photos are called copies of one; measured, see decision 0051.
THRESHOLD_BITS = 26
ROWS_A_BLOCK = 512


def coefficients(pixels: np.ndarray) -> np.ndarray:
    """Cosine coefficients float32 [3, 16, 16] of photo `pixels` uint8 [H, W, 3], whole and trimmed (`TRIMS`)."""
    return np.stack([of_square(trimmed(pixels, share)) for share in TRIMS])


def trimmed(pixels: np.ndarray, share: float) -> np.ndarray:
    """The photo [H, W, 3] without a border that takes `share` of each side."""
    height, width = pixels.shape[:2]
    down, across = round(height * share / 2), round(width * share / 2)
    return pixels[down : height - down, across : width - across]


def of_square(pixels: np.ndarray) -> np.ndarray:
    """Cosine coefficients float32 [16, 16] of a photo [H, W, 3] squashed to a square."""
    grey = Image.fromarray(pixels).convert("L").resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    waves = cosines()
    return np.asarray(waves @ np.asarray(grey, np.float32) @ waves.T, np.float32)


@cache
def cosines() -> np.ndarray:
    """The lowest rows of the DCT-II matrix, without its factors: float32 [16, 64]."""
    frequency, place = np.arange(COEFFICIENTS)[:, None], np.arange(SIDE_PX)[None]
    return np.cos(np.pi * (2 * place + 1) * frequency / (2 * SIDE_PX)).astype(np.float32)


def signs(values: np.ndarray) -> np.ndarray:
    """Hashes of coefficients [N, 16, 16] as -1 and +1: float32 [N, 255]."""
    flat = values.reshape(len(values), COEFFICIENTS**2)[:, 1:]
    return np.where(flat > 0, np.float32(1), np.float32(-1))


def orientations(values: np.ndarray) -> Iterator[np.ndarray]:
    """The coefficients [N, 16, 16] of the photos as they are, then mirrored and turned: eight in all."""
    alternating = np.where(np.arange(COEFFICIENTS) % 2, -1, 1).astype(np.float32)
    for turned in (values, values.transpose(0, 2, 1)):
        for across in (np.float32(1), alternating[None, None, :]):
            for down in (np.float32(1), alternating[None, :, None]):
                yield turned * across * down


def distances(first: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bits that differ between photos of coefficients [N, 3, 16, 16] and [M, 3, 16, 16], least over the eight
    orientations and over which of the two is trimmed how far: int16 [N, M].
    """
    return from_signs(first, signs_of_all(others))


def signs_of_all(values: np.ndarray) -> np.ndarray:
    """Hashes of coefficients [M, 3, 16, 16], as many as there are ways to trim: float32 [3, M, 255]."""
    return np.stack([signs(values[:, k]) for k in range(len(TRIMS))])


def from_signs(first: np.ndarray, others: np.ndarray) -> np.ndarray:
    """`distances` of coefficients [N, 3, 16, 16] and hashes [3, M, 255].

    Orientations undo each other, so it is enough to turn the first; agreeing signs are counted by one product each.
    """
    agreeing = np.full((len(first), others.shape[1]), -np.inf, np.float32)
    for turned in orientations(first[:, 0]):
        hashes = signs(turned)
        for other in others:
            np.maximum(agreeing, hashes @ other.T, out=agreeing)
    for k in range(1, len(TRIMS)):
        for turned in orientations(first[:, k]):
            np.maximum(agreeing, signs(turned) @ others[0].T, out=agreeing)
    return np.rint((BITS - agreeing) / 2).astype(np.int16)


def close_pairs(values: np.ndarray, limit_bits: int) -> tuple[list[tuple[int, int, int]], np.ndarray]:
    """Every pair of photos at most `limit_bits` apart, as (first, second, distance), first < second; and how many
    pairs there are at each distance, int64 [256].
    """
    found: list[tuple[int, int, int]] = []
    counts = np.zeros(BITS + 1, np.int64)
    hashes = signs_of_all(values)
    for start in range(0, len(values), ROWS_A_BLOCK):
        apart = from_signs(values[start : start + ROWS_A_BLOCK], hashes[:, start:])
        later = np.triu(np.ones(apart.shape, bool), 1)
        counts += np.bincount(apart[later], minlength=BITS + 1)
        rows, columns = np.nonzero(later & (apart <= limit_bits))
        places = zip(rows.tolist(), columns.tolist(), strict=True)
        found += [(start + row, start + column, int(apart[row, column])) for row, column in places]
    return found, counts
