"""What phones and clinics do to photos: rulers, writing, watermarks, uneven light, blur, JPEG, white balance.

The limitations of "Toward Accessible Dermatology" (arXiv 2509.04800) name the first four as artefacts that may drive
answers; the others are what a phone adds. Each is drawn on the square that the model takes, so that it is wholly in
view, in three strengths, from a seed. What is drawn on the photo is known to the pixel, so that a map that moves onto
it can be told.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

STRENGTHS = (1, 2, 3)
WORDS = ("L ARM", "1 cm", "ID 4711", "R BACK", "2.5 mm", "PAT 08", "12 03", "CASE B")


@dataclass(frozen=True)
class Corrupted:
    """The photo uint8 [S, S, 3] and what was drawn over it, bool [S, S], all False where nothing was."""

    image: np.ndarray
    drawn: np.ndarray


Corruption = Callable[[np.ndarray, int, np.random.Generator], Corrupted]


def ruler(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """A paper scale along one edge, over 8, 14 or 20 % of the photo."""
    side = len(image)
    height = max(4, round((0.08, 0.14, 0.20)[strength - 1] * side))
    strip = Image.new("RGB", (side, height), tuple(int(v) for v in rng.uniform(205, 250, size=3)))
    draw, step = ImageDraw.Draw(strip), max(2.0, 0.035 * side)
    for tick in range(int(side / step) + 1):
        long = 0.75 if tick % 5 == 0 else 0.4
        draw.line([(tick * step, 0), (tick * step, height * long)], fill=(25, 25, 25))
    turns = int(rng.integers(4))
    out, drawn = np.rot90(image, turns).copy(), np.zeros((side, side), bool)
    out[:height], drawn[:height] = np.asarray(strip), True
    out, drawn = np.rot90(out, -turns).copy(), np.rot90(drawn, -turns).copy()
    return Corrupted(out, drawn)


def text(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """One, two or three words in ink beside the middle, at 9 % of the side."""
    side = len(image)
    mask = Image.new("L", (side, side))
    draw, font = ImageDraw.Draw(mask), ImageFont.load_default(size=max(8, round(0.09 * side)))
    for row in rng.permutation(3)[:strength]:
        x, y = rng.uniform(0.02, 0.45) * side, (0.04, 0.2, 0.84)[int(row)] * side
        draw.text((x, y), str(rng.choice(WORDS)), fill=255, font=font)
    ink = (np.array([20, 20, 30]), np.array([25, 45, 140]), np.array([235, 235, 235]))[int(rng.integers(3))]
    return over(image, np.asarray(mask) / 255.0, ink)


def watermark(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """Pale writing across the whole photo, 20, 35 or 55 % opaque."""
    side = len(image)
    mask = Image.new("L", (2 * side, 2 * side))
    draw, font = ImageDraw.Draw(mask), ImageFont.load_default(size=max(8, round(0.11 * side)))
    for row in range(8):
        draw.text(((row % 2) * 0.2 * side, row * 0.28 * side), "ATLAS OF SKIN   ATLAS OF SKIN", fill=255, font=font)
    turned = mask.rotate(float(rng.uniform(20, 40)), resample=Image.Resampling.BILINEAR)
    middle = turned.crop((side // 2, side // 2, side // 2 + side, side // 2 + side))
    return over(image, np.asarray(middle) / 255.0 * (0.20, 0.35, 0.55)[strength - 1], np.array([245, 245, 245]))


def over(image: np.ndarray, opacity: np.ndarray, colour: np.ndarray) -> Corrupted:
    """`colour` [3] laid over `image` with `opacity` [S, S]."""
    mixed = image * (1 - opacity[..., None]) + colour * opacity[..., None]
    return Corrupted(mixed.round().astype(np.uint8), opacity > 0.05)


def uneven_light(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """Light falling off across the photo, to 70, 50 or 30 % on the far side."""
    line = np.linspace(-1, 1, len(image))
    angle = rng.uniform(0, 2 * np.pi)
    across = (np.cos(angle) * line[None, :] + np.sin(angle) * line[:, None]) / np.sqrt(2)
    dark = (0.7, 0.5, 0.3)[strength - 1]
    return unmarked(image * (1 - (1 - dark) * (across + 1) / 2)[..., None] * 1.08)


def blur(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """Out of focus by 0.6, 1.2 or 2.0 % of the side (Gaussian)."""
    radius = (0.006, 0.012, 0.020)[strength - 1] * len(image)
    return unmarked(np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius))))


def jpeg(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """Stored again as JPEG of quality 50, 25 or 10."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=(50, 25, 10)[strength - 1])
    return unmarked(np.asarray(Image.open(buffer).convert("RGB")))


def white_balance(image: np.ndarray, strength: int, rng: np.random.Generator) -> Corrupted:
    """Too warm or too cold: red and blue apart by 10, 20 or 35 %."""
    reach = (0.05, 0.10, 0.175)[strength - 1] * (1 if rng.uniform() < 0.5 else -1)
    return unmarked(image * np.array([1 + reach, 1.0, 1 - reach]))


def unmarked(pixels: np.ndarray) -> Corrupted:
    """Changed pixels with nothing drawn on them."""
    image = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    return Corrupted(image, np.zeros(image.shape[:2], bool))


CORRUPTIONS: dict[str, Corruption] = {
    "ruler": ruler,
    "text": text,
    "watermark": watermark,
    "uneven light": uneven_light,
    "blur": blur,
    "jpeg": jpeg,
    "white balance": white_balance,
}


def corrupted(images: np.ndarray, name: str, strength: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`images` uint8 [N, S, S, 3] under a corruption: images alike, and what was drawn, bool [N, S, S]."""
    which = list(CORRUPTIONS).index(name)
    done = [
        CORRUPTIONS[name](image, strength, np.random.default_rng([seed, which, i])) for i, image in enumerate(images)
    ]
    return np.stack([one.image for one in done]), np.stack([one.drawn for one in done])
