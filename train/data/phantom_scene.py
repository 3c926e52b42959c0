"""Everything in a phantom that is not the lesion: skin of all tones, texture, light, hair, rulers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Typical sRGB of Fitzpatrick types I to VI; individual typology angle falls from about 60 to -60 degrees.
TONES = np.array(
    [[242, 217, 200], [230, 196, 172], [211, 166, 136], [176, 126, 94], [126, 85, 61], [80, 55, 43]], float
)
HAIR_SHARE = 0.35
RULER_SHARE = 0.25
BLUR_SHARE = 0.4


def draw_tone(rng: np.random.Generator) -> float:
    """Skin tone 0..1, light to dark, evenly spread."""
    return float(rng.uniform())


def skin(tone: float, side_px: int, rng: np.random.Generator) -> np.ndarray:
    """Bare skin of `tone` (0 lightest, 1 darkest): float32 [S, S, 3]."""
    place = tone * (len(TONES) - 1)
    colour = np.array([np.interp(place, range(len(TONES)), TONES[:, c]) for c in range(3)])
    colour = colour * rng.uniform(0.94, 1.06, size=3)
    mottling = noise(rng, 6, side_px) * 0.03 + noise(rng, 40, side_px) * 0.025
    pixels = colour.astype(np.float32) * (1.0 + mottling)[..., None]
    pixels[..., 1:] *= (1.0 + noise(rng, 5, side_px) * 0.02)[..., None]
    freckles(pixels, rng)
    return pixels


def noise(rng: np.random.Generator, cells: int, side_px: int) -> np.ndarray:
    """Smooth noise of unit variance at its grid points, `cells` blobs a side: float32 [S, S]."""
    coarse = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((side_px, side_px), Image.Resampling.BICUBIC))


def freckles(pixels: np.ndarray, rng: np.random.Generator) -> None:
    """A few small brown spots that mean nothing, in every class alike."""
    side_px = len(pixels)
    for x, y, size in rng.uniform(size=(int(rng.poisson(1.5)), 3)):
        radius = (0.008 + 0.014 * size) * side_px
        low, high = np.array([y, x]) * side_px - 2 * radius, np.array([y, x]) * side_px + 2 * radius
        rows, columns = (np.arange(max(int(a), 0), min(int(b) + 1, side_px)) for a, b in zip(low, high, strict=True))
        distance = ((rows - y * side_px) ** 2)[:, None] + ((columns - x * side_px) ** 2)[None, :]
        spot = np.exp(-distance / (radius * radius))[..., None]
        pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] *= 1 - spot * (0.16, 0.26, 0.32)


@lru_cache(maxsize=4)
def axes(side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates -1..1 as a row and a column."""
    line = np.linspace(-1, 1, side_px, dtype=np.float32)
    return line[None, :], line[:, None]


def light(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven light, vignette, white balance, exposure and sensor noise."""
    x, y = axes(len(pixels))
    slope, direction, vignette = rng.uniform(0, 0.22), rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    shade = 1 + np.float32(slope) * (x * np.float32(np.cos(direction)) + y * np.float32(np.sin(direction)))
    shade = shade - np.float32(vignette) * (x * x + y * y) ** 2 * np.float32(0.5)
    balance = (rng.uniform(0.85, 1.12) * rng.uniform(0.95, 1.05, size=3)).astype(np.float32)
    grain = rng.standard_normal(pixels.shape[:2], dtype=np.float32) * np.float32(rng.uniform(1, 5))
    return pixels * (shade[..., None] * balance) + grain[..., None]


def blurred(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """In four phantoms of ten, a picture out of focus."""
    radius_px = rng.uniform(0.003, 0.009) * image.width
    return image.filter(ImageFilter.GaussianBlur(radius_px)) if rng.uniform() < BLUR_SHARE else image


def add_hair(image: Image.Image, rng: np.random.Generator) -> None:
    """In about a third of the phantoms, some curved hairs across the picture."""
    if rng.uniform() >= HAIR_SHARE:
        return
    draw, side = ImageDraw.Draw(image), image.width
    shade = tuple(int(v) for v in rng.uniform(0.5, 1.5) * np.array([40, 28, 20]))
    direction = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(2, 12))):
        angle, bend = direction + rng.normal(0, 0.35), rng.normal(0, 0.5)
        start = rng.uniform(-0.1, 1.1, size=2)
        steps = np.linspace(0, rng.uniform(0.3, 1.2), 9)
        turned = angle + bend * steps
        points = np.stack([start[0] + steps * np.cos(turned), start[1] + steps * np.sin(turned)], 1) * side
        draw.line(
            [tuple(p) for p in points.tolist()], fill=shade, width=max(1, round(side * rng.uniform(0.003, 0.009)))
        )


def add_ruler(image: Image.Image, rng: np.random.Generator) -> None:
    """In about a quarter of the phantoms, a scale with millimetre ticks along one edge."""
    if rng.uniform() >= RULER_SHARE:
        return
    side, edge = image.width, int(rng.integers(4))
    height, step, offset = rng.uniform(0.05, 0.1) * side, rng.uniform(0.03, 0.06) * side, rng.uniform(0, 0.05) * side
    strip = Image.new("RGB", (side, round(height)), tuple(int(v) for v in rng.uniform(190, 250, size=3)))
    draw = ImageDraw.Draw(strip)
    for tick in range(int((side - offset) / step) + 1):
        long = 0.7 if tick % 5 == 0 else 0.4
        draw.line([(offset + tick * step, 0), (offset + tick * step, height * long)], fill=(30, 30, 30))
    turned = strip.rotate(90 * edge, expand=True)
    place = {0: (0, 0), 1: (0, 0), 2: (0, side - turned.height), 3: (side - turned.width, 0)}[edge]
    image.paste(turned, place)
