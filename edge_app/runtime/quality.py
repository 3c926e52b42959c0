"""Is a photo good enough to be answered? Blur, exposure, glare, size, distance and skin, each with what to do.

The checks are measurements with thresholds, not a model: they look at the photo alone, in a few milliseconds, and they
only advise. Thresholds were set on phantoms and on phone photos (`docs/app.md`); they are not clinically validated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# All measurements but `small` look at the photo shrunk to this short side, so that they mean the same for every camera.
LOOK_PX = 256
SHORT_SIDE_PX = 200
CENTRE = 0.6
FINE_MIN = 7.0
# Well-lit skin of type VI has a mean near 45: the floor must not mistake dark skin for a dark photo.
DARK_MEAN, BRIGHT_MEAN = 28.0, 235.0
CLIPPED_MAX = 0.35
GLARE_MAX = 0.015
SKIN_MIN = 0.2
LESION_MIN = 0.001


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong: `code` is stable, `text` says what and what to do, `value` is what was measured."""

    code: str
    text: str
    value: float


@dataclass(frozen=True)
class QualityReport:
    """What was found; `measured` holds every figure, also those that are fine."""

    issues: tuple[Issue, ...]
    measured: dict[str, float]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.issues

    @property
    def codes(self) -> tuple[str, ...]:
        """The issues' codes."""
        return tuple(issue.code for issue in self.issues)


TEXTS = {
    "small": "The photo is too small. Use the camera's full size, and do not send it through a messenger first.",
    "blur": "The photo is blurred. Hold still, tap the lesion to focus, and move back a little if it stays soft.",
    "dark": "The photo is too dark. Turn towards a window or switch a lamp on; do not use the flash close up.",
    "bright": "The photo is too bright. Move out of direct sun, or shade the lesion with your hand.",
    "glare": "The skin reflects the light. Tilt the phone a little, or wipe off oil and water.",
    "no_skin": "There is little skin in the photo. Fill the frame with the lesion and the skin around it.",
    "far": "No lesion stands out. Move closer until it fills about a third of the frame, and centre it.",
}


def assess(image: np.ndarray) -> QualityReport:
    """What is wrong with the upright sRGB photo `image`, uint8 [H, W, 3]; order of the checks, most telling first."""
    pixels = shrunk(image).astype(np.float32)
    measured = {"short_side_px": float(min(image.shape[:2])), **measure(pixels)}
    found = [code for code, is_wrong in CHECKS.items() if is_wrong(measured)]
    # Without skin or light the other measurements mean little.
    if "no_skin" in found or "dark" in found:
        found = [code for code in found if code != "far"]
    return QualityReport(tuple(Issue(code, TEXTS[code], measured[FIGURES[code]]) for code in found), measured)


FIGURES = {
    "small": "short_side_px",
    "dark": "mean",
    "bright": "clipped",
    "blur": "fine",
    "glare": "glare",
    "no_skin": "skin",
    "far": "lesion",
}
CHECKS: dict[str, Callable[[dict[str, float]], bool]] = {
    "small": lambda m: m["short_side_px"] < SHORT_SIDE_PX,
    "dark": lambda m: m["mean"] < DARK_MEAN,
    "bright": lambda m: m["mean"] > BRIGHT_MEAN or m["clipped"] > CLIPPED_MAX,
    "blur": lambda m: m["fine"] < FINE_MIN,
    "glare": lambda m: m["glare"] > GLARE_MAX and m["clipped"] <= CLIPPED_MAX,
    "no_skin": lambda m: m["skin"] < SKIN_MIN,
    "far": lambda m: m["lesion"] < LESION_MIN,
}


def measure(pixels: np.ndarray) -> dict[str, float]:
    """Every figure of `pixels`, float32 [h, w, 3] in 0..255, but the size."""
    centre = middle(pixels)
    luminance = luma(pixels)
    return {
        "mean": float(luma(centre).mean()),
        "clipped": float((luminance > 250).mean()),
        "glare": glare(centre),
        "fine": sharpness(luma(centre)),
        "skin": float(skin_mask(pixels).mean()),
        "lesion": lesion_share(pixels),
    }


def shrunk(image: np.ndarray) -> np.ndarray:
    """`image` with a short side of 256 px at most."""
    from PIL import Image

    short = min(image.shape[:2])
    if short <= LOOK_PX:
        return image
    height, width = (max(1, round(side * LOOK_PX / short)) for side in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX, reducing_gap=2.0))


def middle(pixels: np.ndarray) -> np.ndarray:
    """The central part, where the lesion should be."""
    height, width = pixels.shape[:2]
    top, left = int(height * (1 - CENTRE) / 2), int(width * (1 - CENTRE) / 2)
    return pixels[top : height - top, left : width - left]


def luma(pixels: np.ndarray) -> np.ndarray:
    """Brightness as ITU-R BT.601 weighs it, 0..255."""
    return np.asarray(pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32))


def sharpness(grey: np.ndarray) -> float:
    """The 99.5th percentile of the 4-neighbour Laplacian's size: how hard the hardest edges are, noise apart."""
    laplacian = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(np.percentile(np.abs(laplacian), 99.5)) if laplacian.size else 0.0


def glare(pixels: np.ndarray) -> float:
    """Share of nearly white pixels that stand out from what surrounds them: reflections, not white walls."""
    lowest = pixels.min(axis=2)
    return float(((lowest > 240) & (lowest > np.median(lowest) + 60)).mean())


def skin_mask(pixels: np.ndarray) -> np.ndarray:
    """Where the colour could be skin of any tone: hue from red to yellow, neither grey nor vivid; bool [h, w]."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    high, low = pixels.max(axis=2), pixels.min(axis=2)
    chroma = high - low
    # Light skin in cool light is nearly grey, dark skin has little chroma in absolute terms: both bounds are relative.
    return np.asarray(
        (red >= green - 4) & (red > blue) & (high > 18) & (chroma > 0.06 * high) & (chroma < 0.75 * high)
    )  # fmt: skip


def lesion_share(pixels: np.ndarray) -> float:
    """Share of the central part that differs clearly from the skin around it (median of the photo's rim)."""
    height, width = pixels.shape[:2]
    rim = max(1, min(height, width) // 10)
    edge = np.concatenate([pixels[:rim].reshape(-1, 3), pixels[-rim:].reshape(-1, 3),
                           pixels[:, :rim].reshape(-1, 3), pixels[:, -rim:].reshape(-1, 3)])  # fmt: skip
    distance = np.abs(middle(pixels) - np.median(edge, axis=0)).max(axis=2)
    spread = float(np.percentile(np.abs(edge - np.median(edge, axis=0)).max(axis=1), 75))
    return float((distance > max(18.0, 1.5 * spread)).mean())
