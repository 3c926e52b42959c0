"""The 14 looks, one painter each. Sizes are in half sides; every painter draws its own place, size and strength."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.data.phantom_canvas import Canvas, Colour, Shape, Window, draw_waves
from train.data.phantom_scene import noise

Rng = np.random.Generator
MELANIN: Colour = (0.66, 0.50, 0.40)
BLOOD: Colour = (0.88, 0.52, 0.55)
PURPLE: Colour = (0.62, 0.34, 0.48)
SCALE: Colour = (232, 218, 196)
PUS: Colour = (236, 226, 196)
CRUST: Colour = (92, 52, 34)
KERATIN: Colour = (214, 186, 128)
BLUE_GREY: Colour = (96, 104, 126)
SCAR: Colour = (236, 214, 204)


def one(rng: Rng, radius: tuple[float, float], stretch: float, waves: float) -> Shape:
    """A single lesion near the middle."""
    x, y = rng.normal(0, 0.14, size=2)
    return Shape(float(x), float(y), float(rng.uniform(*radius)), float(rng.uniform(1, stretch)),
                 float(rng.uniform(0, np.pi)), draw_waves(rng, waves))  # fmt: skip


def many(rng: Rng, count: tuple[int, int], radius: tuple[float, float], stretch: float = 1.1) -> list[Shape]:
    """Scattered small lesions, most of them apart from each other."""
    places = rng.uniform(-0.92, 0.92, size=(int(rng.integers(*count)), 2))
    size = rng.uniform(*radius)
    return [
        Shape(float(x), float(y), float(size * rng.uniform(0.7, 1.3)), float(rng.uniform(1, stretch)),
              float(rng.uniform(0, np.pi)))
        for x, y in places
    ]  # fmt: skip


def texture(rng: Rng, window: Window, cells: int) -> np.ndarray:
    """Smooth noise over a window, float32 [h, w]."""
    height, width = window.depth.shape
    return noise(rng, cells, max(height, width))[:height, :width]


def network(window: Window, rng: Rng) -> np.ndarray:
    """Lines of a pigment network over a window, 0..1."""
    pitch = np.float32(rng.uniform(16, 24))
    x, y = window.x + 0.15 * np.sin(3 * window.y), window.y + 0.15 * np.sin(3 * window.x)
    return np.clip(1.2 * np.maximum(np.cos(pitch * x), np.cos(pitch * y)) - 0.2, 0, 1)


def dots(canvas: Canvas, rng: Rng, inside: Shape, count: int, size: float, colour: Colour, opacity: float) -> None:
    """Small spots within a lesion."""
    for angle, distance in zip(rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 0.65, count)), strict=True):
        x, y = inside.x + np.cos(angle) * distance * inside.radius, inside.y + np.sin(angle) * distance * inside.radius
        window = canvas.window(Shape(float(x), float(y), float(size * rng.uniform(0.6, 1.4))), 1.2)
        canvas.cover(window, window.mask(0.5), colour, opacity)


def nevus(canvas: Canvas, rng: Rng) -> None:
    """Round, even, brown."""
    window = canvas.window(one(rng, (0.22, 0.5), 1.25, 0.06))
    mask = window.mask(rng.uniform(0.2, 0.5))
    canvas.absorb(window, mask * (1 + 0.12 * texture(rng, window, 6)), MELANIN, rng.uniform(0.8, 1.8))
    if rng.uniform() < 0.5:
        canvas.absorb(window, mask * network(window, rng), MELANIN, rng.uniform(0.2, 0.6))


def melanoma(canvas: Canvas, rng: Rng) -> None:
    """Asymmetric, ragged, several colours."""
    shape = one(rng, (0.32, 0.58), 1.5, rng.uniform(0.14, 0.34))
    window = canvas.window(shape, 1.8)
    mask = window.mask(rng.uniform(0.08, 0.25))
    blotches = np.clip(1 + 0.55 * texture(rng, window, 5), 0.2, 2)
    canvas.absorb(window, mask * blotches, MELANIN, rng.uniform(1.1, 2.2))
    if rng.uniform() < 0.8:
        veil = mask * np.clip(texture(rng, window, 4) - 0.2, 0, 1)
        canvas.cover(window, veil, BLUE_GREY, rng.uniform(0.4, 0.9))
    if rng.uniform() < 0.5:
        canvas.absorb(window, mask * network(window, rng) * (window.x > 0), MELANIN, rng.uniform(0.5, 1.0))


def benign_keratosis(canvas: Canvas, rng: Rng) -> None:
    """Sharply bounded, waxy tan, with pale and dark plugs."""
    shape = one(rng, (0.28, 0.55), 1.5, 0.09)
    window = canvas.window(shape)
    mask = window.mask(0.08)
    canvas.absorb(window, mask * (1 + 0.3 * texture(rng, window, 14)), (0.76, 0.62, 0.46), rng.uniform(0.7, 1.6))
    dots(canvas, rng, shape, int(rng.integers(5, 16)), 0.028, SCALE, rng.uniform(0.5, 0.9))
    dots(canvas, rng, shape, int(rng.integers(3, 10)), 0.03, CRUST, rng.uniform(0.4, 0.8))


def basal_cell(canvas: Canvas, rng: Rng) -> None:
    """Pearly pink nodule with a highlight, branching vessels, sometimes an ulcer."""
    shape = one(rng, (0.25, 0.48), 1.3, 0.08)
    window = canvas.window(shape)
    mask = window.mask(0.25)
    canvas.cover(window, mask, (226, 172, 166), rng.uniform(0.25, 0.5))
    canvas.absorb(window, mask * np.clip(1 - window.depth, 0, 1), BLOOD, rng.uniform(0.3, 0.8))
    for _ in range(int(rng.integers(2, 5))):
        vessel(canvas, rng, shape)
    shine = Shape(shape.x - shape.radius * 0.3, shape.y - shape.radius * 0.35, shape.radius * 0.25)
    gleam = canvas.window(shine)
    canvas.cover(gleam, gleam.mask(0.9), (255, 246, 242), rng.uniform(0.3, 0.7))
    if rng.uniform() < 0.4:
        dots(canvas, rng, shape, int(rng.integers(2, 6)), 0.06, BLUE_GREY, 0.6)


def vessel(canvas: Canvas, rng: Rng, inside: Shape) -> None:
    """A red line from the rim inwards, getting thinner."""
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.6)
    for step in np.linspace(0.95, 0.25, 14):
        x = inside.x + np.cos(angle + bend * (1 - step)) * inside.radius * step
        y = inside.y + np.sin(angle + bend * (1 - step)) * inside.radius * step
        window = canvas.window(Shape(float(x), float(y), 0.012 + 0.016 * float(step)), 1.2)
        canvas.absorb(window, window.mask(0.6), (0.80, 0.35, 0.38), 1.0)


def actinic(canvas: Canvas, rng: Rng) -> None:
    """Ill-defined red patch with flakes of scale."""
    window = canvas.window(one(rng, (0.35, 0.65), 1.5, 0.2), 1.8)
    mask = window.mask(0.7)
    canvas.absorb(window, mask * (1 + 0.3 * texture(rng, window, 8)), BLOOD, rng.uniform(0.4, 1.0))
    flakes = mask * np.clip(texture(rng, window, 22) - rng.uniform(0.3, 0.7), 0, 1)
    canvas.cover(window, flakes, SCALE, rng.uniform(0.6, 1.0))


def squamous(canvas: Canvas, rng: Rng) -> None:
    """Thick red nodule around a plug of yellow keratin, often bleeding."""
    shape = one(rng, (0.3, 0.55), 1.3, 0.16)
    window = canvas.window(shape)
    canvas.absorb(window, window.mask(0.35), BLOOD, rng.uniform(0.8, 1.6))
    core = Shape(shape.x, shape.y, shape.radius * rng.uniform(0.35, 0.65), 1.1, 0.0, draw_waves(rng, 0.25))
    plug = canvas.window(core, 1.7)
    mask = plug.mask(0.2) * np.clip(1 + 0.35 * texture(rng, plug, 9), 0, 1.3)
    canvas.cover(plug, np.minimum(mask, 1), KERATIN, rng.uniform(0.5, 0.95))
    if rng.uniform() < 0.6:
        dots(canvas, rng, core, int(rng.integers(2, 6)), 0.05, (110, 26, 24), 0.7)


def dermatofibroma(canvas: Canvas, rng: Rng) -> None:
    """Brown ring of fine network around a pale scar."""
    shape = one(rng, (0.24, 0.45), 1.2, 0.05)
    window = canvas.window(shape)
    mask = window.mask(0.5)
    ring = mask * np.clip(1.3 - window.depth * 1.2, 0, 1)
    canvas.absorb(window, ring * (0.6 + 0.6 * network(window, rng)), (0.72, 0.52, 0.46), rng.uniform(0.8, 1.5))
    core = canvas.window(
        Shape(shape.x, shape.y, shape.radius * rng.uniform(0.3, 0.5), 1.15, 0.4, draw_waves(rng, 0.15))
    )
    canvas.cover(core, core.mask(0.5), SCAR, rng.uniform(0.35, 0.8))


def vascular(canvas: Canvas, rng: Rng) -> None:
    """A cluster of red to purple lakes."""
    home = one(rng, (0.22, 0.4), 1.2, 0.0)
    for _ in range(int(rng.integers(4, 12))):
        angle, distance = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * home.radius
        x, y = home.x + np.cos(angle) * distance, home.y + np.sin(angle) * distance
        window = canvas.window(Shape(float(x), float(y), float(rng.uniform(0.07, 0.17)), 1.15, float(angle)))
        colour = PURPLE if rng.uniform() < 0.4 else (0.78, 0.30, 0.34)
        canvas.absorb(window, window.mask(0.25), colour, rng.uniform(0.7, 1.4))


def chickenpox(canvas: Canvas, rng: Rng) -> None:
    """Many small clear blisters on red, at every stage from spot to crust."""
    for shape in many(rng, (12, 28), (0.05, 0.09)):
        halo = canvas.window(Shape(shape.x, shape.y, shape.radius * 1.7), 1.3)
        canvas.absorb(halo, halo.mask(0.8), BLOOD, rng.uniform(0.5, 1.1))
        stage = rng.uniform()
        if stage < 0.25:
            continue
        window = canvas.window(shape, 1.2)
        colour, opacity = (CRUST, 0.75) if stage > 0.75 else ((240, 226, 218), 0.6)
        canvas.cover(window, window.mask(0.4), colour, opacity)


def mpox(canvas: Canvas, rng: Rng) -> None:
    """Some firm deep pustules, all at one stage, each with a dimple."""
    stage = rng.uniform(0.5, 0.9)
    for shape in many(rng, (4, 11), (0.10, 0.17)):
        halo = canvas.window(Shape(shape.x, shape.y, shape.radius * 1.35), 1.2)
        canvas.absorb(halo, halo.mask(0.4), (0.80, 0.58, 0.54), rng.uniform(0.6, 1.1))
        window = canvas.window(shape, 1.2)
        canvas.cover(window, window.mask(0.35), PUS, stage)
        dimple = canvas.window(Shape(shape.x, shape.y, shape.radius * 0.35), 1.2)
        canvas.cover(dimple, dimple.mask(0.6), (134, 92, 70), 0.8)


def cowpox(canvas: Canvas, rng: Rng) -> None:
    """One or two large black scabs in a swollen red ring."""
    for _ in range(int(rng.integers(1, 3))):
        x, y = rng.normal(0, 0.35, size=2)
        shape = Shape(float(x), float(y), float(rng.uniform(0.16, 0.3)), 1.15, 0.5, draw_waves(rng, 0.1))
        halo = canvas.window(Shape(shape.x, shape.y, shape.radius * rng.uniform(1.6, 2.2)), 1.3)
        canvas.absorb(halo, halo.mask(0.5), BLOOD, rng.uniform(0.7, 1.3))
        rim = canvas.window(Shape(shape.x, shape.y, shape.radius * 1.3), 1.2)
        canvas.cover(rim, rim.mask(0.25), (222, 182, 168), rng.uniform(0.3, 0.6))
        scab = canvas.window(shape, 1.3)
        canvas.cover(scab, scab.mask(0.2), (44, 28, 24), rng.uniform(0.7, 0.95))


def measles(canvas: Canvas, rng: Rng) -> None:
    """Flat red blotches that run together."""
    for shape in many(rng, (22, 45), (0.07, 0.13), 1.5):
        window = canvas.window(shape, 1.3)
        canvas.absorb(window, window.mask(0.8), BLOOD, rng.uniform(0.3, 0.8))


def hand_foot_mouth(canvas: Canvas, rng: Rng) -> None:
    """A few long grey blisters in a red rim, lying along the skin lines."""
    direction = rng.uniform(0, np.pi)
    for shape in many(rng, (5, 14), (0.07, 0.11)):
        angle = float(direction + rng.normal(0, 0.3))
        halo = canvas.window(Shape(shape.x, shape.y, shape.radius * 1.5, 1.4, angle), 1.6)
        canvas.absorb(halo, halo.mask(0.5), BLOOD, rng.uniform(0.5, 1.1))
        window = canvas.window(Shape(shape.x, shape.y, shape.radius, 1.5, angle), 1.6)
        canvas.cover(window, window.mask(0.35), (196, 188, 184), rng.uniform(0.5, 0.85))


def healthy(canvas: Canvas, rng: Rng) -> None:
    """Skin with nothing but, at times, a flush."""
    if rng.uniform() < 0.4:
        window = canvas.window(one(rng, (0.5, 0.9), 1.5, 0.1))
        canvas.absorb(window, window.mask(1.0), BLOOD, rng.uniform(0.05, 0.25))


PAINTERS: dict[str, Callable[[Canvas, Rng], None]] = {
    "akiec": actinic, "bcc": basal_cell, "bkl": benign_keratosis, "chickenpox": chickenpox, "cowpox": cowpox,
    "df": dermatofibroma, "healthy": healthy, "hfmd": hand_foot_mouth, "measles": measles, "nv": nevus,
    "mel": melanoma, "mpox": mpox, "scc": squamous, "vasc": vascular,
}  # fmt: skip
