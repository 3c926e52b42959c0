"""What phantoms are painted on: float pixels that pigment darkens and crusts cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """A closed outline: centre and radius in half sides (-1..1), axis ratio, angle, and waves of its border.

    `waves` complex [n] are the border's harmonics 2, 3, ... relative to the radius.
    """

    x: float
    y: float
    radius: float
    stretch: float = 1.0
    angle: float = 0.0
    waves: np.ndarray | None = None


@dataclass(frozen=True)
class Window:
    """Part of the canvas around a shape: its slices, and per pixel the depth (0 at the border, 1 at the centre)."""

    rows: slice
    columns: slice
    depth: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def mask(self, softness: float) -> np.ndarray:
        """0 outside, 1 inside, rising over `softness` of the radius at the border: float32 [h, w]."""
        return np.clip(self.depth / max(softness, 0.02) + 0.5, 0.0, 1.0)


class Canvas:
    """`pixels` float32 [S, S, 3] in 0..255, changed in place; coordinates run from -1 to 1."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.side_px = len(pixels)

    def window(self, shape: Shape, reach: float = 1.5) -> Window:
        """The part of the canvas within `reach` radii of `shape`."""
        rows, columns = self.span(shape.y, shape.radius * reach), self.span(shape.x, shape.radius * reach)
        x = ((np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) * (2 / self.side_px) - 1 - shape.x)[
            None, :
        ]
        y = ((np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) * (2 / self.side_px) - 1 - shape.y)[:, None]
        cos, sin = np.float32(np.cos(shape.angle)), np.float32(np.sin(shape.angle))
        across = (x * cos + y * sin) / np.float32(shape.radius * shape.stretch)
        along = (y * cos - x * sin) / np.float32(shape.radius / shape.stretch)
        distance = np.sqrt(across * across + along * along)
        return Window(rows, columns, 1.0 - distance / border(across, along, distance, shape.waves), across, along)

    def span(self, centre: float, reach: float) -> slice:
        """Pixels of one axis within `reach` of `centre`, at least one."""
        low = int(np.clip((centre - reach + 1) / 2 * self.side_px, 0, self.side_px - 1))
        return slice(low, int(np.clip((centre + reach + 1) / 2 * self.side_px + 1, low + 1, self.side_px)))

    def absorb(self, window: Window, mask: np.ndarray, transmission: Colour, strength: float) -> None:
        """Pigment or blood under the skin: multiplies by transmission**(strength * mask)."""
        logs = np.log(np.array(transmission, dtype=np.float32)) * np.float32(strength)
        self.pixels[window.rows, window.columns] *= np.exp(mask[..., None] * logs)

    def cover(self, window: Window, mask: np.ndarray, colour: Colour, opacity: float) -> None:
        """Something on the skin (scale, crust, pus): blends towards `colour`."""
        part = self.pixels[window.rows, window.columns]
        part += (np.array(colour, dtype=np.float32) - part) * (mask * np.float32(opacity))[..., None]


def border(across: np.ndarray, along: np.ndarray, distance: np.ndarray, waves: np.ndarray | None) -> np.ndarray | float:
    """Radius of the outline in the direction of each pixel, 1 for a plain ellipse."""
    if waves is None:
        return 1.0
    direction = (across + 1j * along) / np.maximum(distance, 1e-3)
    power, radius = direction, np.ones_like(distance)
    for wave in waves.astype(np.complex64):
        power = power * direction
        radius += (power * wave).real
    return np.maximum(radius, 0.3)


def draw_waves(rng: np.random.Generator, amplitude: float, count: int = 5) -> np.ndarray:
    """Harmonics of an irregular border; higher ones are smaller."""
    size = amplitude / np.sqrt(np.arange(1, count + 1))
    return size * np.exp(2j * np.pi * rng.uniform(size=count)) * rng.uniform(0.4, 1.0, size=count)
