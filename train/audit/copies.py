"""How many spoilt copies the fingerprint would find among these very photos."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from edge_app.runtime import photo
from train.audit.fingerprint import SIDE_PX, THRESHOLD_BITS, coefficients, distances, trimmed
from train.audit.look import Look
from train.data.sample import Dataset, bytes_of
from train.progress import track

GAMMA = [round(255 * (value / 255) ** 0.6) for value in range(256)] * 3
JPEG_QUALITY = 85


def cut(image: Image.Image, share: float) -> Image.Image:
    """The photo without a border that takes `share` of each side, half of it at either end."""
    return Image.fromarray(trimmed(np.asarray(image), share))


# What is done to a photo, and the quality of the JPEG that it is then saved as.
SPOILINGS: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {
    "half the size": (lambda image: image.resize((image.width // 2, image.height // 2)), JPEG_QUALITY),
    "1.7 times the size": (lambda i: i.resize((round(i.width * 1.7), round(i.height * 1.7))), JPEG_QUALITY),
    "squashed to a square": (lambda image: image.resize((224, 224)), JPEG_QUALITY),
    "JPEG quality 30": (lambda image: image, 30),
    "JPEG quality 10": (lambda image: image, 10),
    "brighter by 30 %": (lambda image: ImageEnhance.Brightness(image).enhance(1.3), JPEG_QUALITY),
    "darker by 40 %": (lambda image: ImageEnhance.Brightness(image).enhance(0.6), JPEG_QUALITY),
    "contrast up by 40 %": (lambda image: ImageEnhance.Contrast(image).enhance(1.4), JPEG_QUALITY),
    "gamma 0.6": (lambda image: image.point(GAMMA), JPEG_QUALITY),
    "grey": (lambda image: image.convert("L").convert("RGB"), JPEG_QUALITY),
    "blurred, 2 px": (lambda image: image.filter(ImageFilter.GaussianBlur(2)), JPEG_QUALITY),
    "mirrored": (ImageOps.mirror, JPEG_QUALITY),
    "turned by 90 degrees": (lambda image: image.rotate(90, expand=True), JPEG_QUALITY),
    "border of 2 % cut off": (lambda image: cut(image, 0.02), JPEG_QUALITY),
    "border of 5 % cut off": (lambda image: cut(image, 0.05), JPEG_QUALITY),
    "border of 10 % cut off": (lambda image: cut(image, 0.10), JPEG_QUALITY),
    "border of 20 % cut off": (lambda image: cut(image, 0.20), JPEG_QUALITY),
    "turned by 3 degrees": (lambda image: image.rotate(3, Image.Resampling.BICUBIC), JPEG_QUALITY),
}


def rates(dataset: Dataset, looks: list[Look], count: int, seed: int) -> list[dict[str, Any]]:
    """For each way to spoil a photo: the share found of `count` photos drawn by `seed`, and the distances."""
    readable = [i for i, one in enumerate(looks) if one.values is not None]
    chosen = np.random.default_rng(seed).choice(readable, min(count, len(readable)), replace=False)
    apart: dict[str, list[int]] = {name: [] for name in SPOILINGS}
    for place in track([int(place) for place in chosen], "spoil photos"):
        # Decoded by our own loader, so that a photo that lies on its side is upright.
        image = Image.fromarray(photo.load(bytes_of(dataset.samples[place]), 512))
        original = np.asarray(looks[place].values)[None]
        for name, (spoil, quality) in SPOILINGS.items():
            apart[name].append(int(distances(original, spoilt(image, spoil, quality)[None])[0, 0]))
    return [row_of(name, np.array(values)) for name, values in apart.items()]


def spoilt(image: Image.Image, spoil: Callable[[Image.Image], Image.Image], quality: int) -> np.ndarray:
    """Coefficients of the spoilt photo, saved and read again."""
    buffer = io.BytesIO()
    spoil(image).save(buffer, "JPEG", quality=quality)
    return coefficients(photo.load(buffer.getvalue(), SIDE_PX))


def row_of(name: str, values: np.ndarray) -> dict[str, Any]:
    """One line of the table."""
    return {"name": name, "photos": len(values), "found": int((values <= THRESHOLD_BITS).sum()),
            "median_bits": int(np.median(values)), "p95_bits": int(np.quantile(values, 0.95, method="nearest")),
            "largest_bits": int(values.max())}  # fmt: skip
