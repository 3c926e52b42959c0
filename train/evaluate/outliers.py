"""Pictures that show no lesion at all, and whether the model's energy tells them from photos that do.

Generated, so that the figure can be had anywhere: textures (noise, stripes, weave), documents (lines of print on
paper), plain skin of all tones without a lesion. They are easier than a cat on a sofa; a folder of the user's own
pictures can be named beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError, PhotoError
from train.data.phantom_scene import draw_tone, light, noise, skin
from train.evaluate import weighted
from train.evaluate.bootstrap import Interval, Resampling, percentile_interval
from train.evaluate.curves import ranking, threshold_for_sensitivity
from train.evaluate.enough import GROUPS_MIN, count, where
from train.evaluate.options import pictures_in
from train.evaluate.photos import BATCH, Evaluated, energies_of
from train.evaluate.subject import Subject

SIDE_PX = 256
KEPT = 0.95
REPLICATES_AT_ONCE = 250
LETTERS = "etaoinshrdlucmfwypvbgkjqxz,. 0123456789"


def texture(rng: np.random.Generator) -> np.ndarray:
    """Smooth noise, stripes or a weave in two colours: uint8 [S, S, 3]."""
    kind = int(rng.integers(3))
    line = np.linspace(0, 1, SIDE_PX)
    waves = rng.uniform(4, 40, size=2)
    if kind == 0:
        pattern = noise(rng, int(rng.integers(3, 40)), SIDE_PX)
    elif kind == 1:
        angle = rng.uniform(0, np.pi)
        pattern = np.sin(2 * np.pi * waves[0] * (np.cos(angle) * line[None, :] + np.sin(angle) * line[:, None]))
    else:
        pattern = np.sin(2 * np.pi * waves[0] * line)[None, :] * np.sin(2 * np.pi * waves[1] * line)[:, None]
    share = ((pattern - pattern.min()) / max(float(np.ptp(pattern)), 1e-6))[..., None]
    low, high = rng.uniform(0, 255, size=(2, 3))
    return np.asarray(low * (1 - share) + high * share).astype(np.uint8)


def document(rng: np.random.Generator) -> np.ndarray:
    """Lines of print on paper, a little turned and unevenly lit: uint8 [S, S, 3]."""
    page = Image.new("RGB", (SIDE_PX, SIDE_PX), tuple(int(v) for v in rng.uniform(215, 255, size=3)))
    draw, size = ImageDraw.Draw(page), int(rng.integers(9, 26))
    font = ImageFont.load_default(size=size)
    for y in range(int(rng.integers(0, size)), SIDE_PX, round(1.5 * size)):
        letters = rng.choice(list(LETTERS), size=60)
        draw.text((int(rng.integers(4, 30)), y), "".join(letters), fill=(25, 25, 35), font=font)
    turned = page.rotate(float(rng.uniform(-12, 12)), fillcolor=(190, 185, 180), resample=Image.Resampling.BILINEAR)
    return np.clip(light(np.asarray(turned, np.float32), rng), 0, 255).astype(np.uint8)


def plain_skin(rng: np.random.Generator) -> np.ndarray:
    """Bare skin of any tone: uint8 [S, S, 3]."""
    return np.clip(light(skin(draw_tone(rng), SIDE_PX, rng), rng), 0, 255).astype(np.uint8)


KINDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "texture": texture,
    "document": document,
    "plain skin": plain_skin,
}


def generated(kind: str, count: int, seed: int) -> list[np.ndarray]:
    """`count` pictures of a kind, uint8 [S, S, 3] each."""
    which = list(KINDS).index(kind)
    return [KINDS[kind](np.random.default_rng([seed, which, i])) for i in range(count)]


def from_folder(folder: Path, rule: FitRule) -> np.ndarray:
    """The pictures in `folder` and below, by name, fitted; ConfigError where there are none or one cannot be read."""
    try:
        return np.stack([photo.fit(photo.load(file, rule.resize_px), rule) for file in pictures_in(folder)])
    except PhotoError as error:
        raise ConfigError(f"--outliers {folder}: {error}") from error


def outlier_pictures(count: int, seed: int, folder: Path | None, rule: FitRule) -> dict[str, np.ndarray]:
    """Fitted pictures uint8 [n, S, S, 3] by kind."""
    drawn = {kind: generated(kind, count, seed) for kind in KINDS if count}
    kinds = {kind: np.stack([photo.fit(image, rule) for image in images]) for kind, images in drawn.items()}
    return kinds if folder is None else {**kinds, f"folder {folder.resolve().name}": from_folder(folder, rule)}


def outlier_table(
    subject: Subject, evaluated: Evaluated, pictures: dict[str, np.ndarray], resampling: Resampling
) -> dict[str, Any]:
    """For each kind and all together: AUROC of energy and of the best probability, and what slips through."""
    energies, probabilities = {}, {}
    for kind, images in pictures.items():
        logits = np.concatenate([subject.logits(images[i : i + BATCH]) for i in range(0, len(images), BATCH)])
        energies[kind] = energies_of(logits)
        probabilities[kind] = evaluated.plan.probabilities(logits, evaluated.temperature).max(1)
    inside, sure = evaluated.answered.energies, evaluated.probabilities.max(1)
    rows = [row_of(kind, inside, energies[kind], sure, probabilities[kind], resampling) for kind in pictures]
    every = row_of("all", inside, np.concatenate(list(energies.values())), sure,
                   np.concatenate(list(probabilities.values())), resampling)  # fmt: skip
    return {
        "rows": [*rows, every], "kept": KEPT,
        "energies": {"photos": spread(inside), **{kind: spread(values) for kind, values in energies.items()}},
    }  # fmt: skip


def shift_of(evaluated: Evaluated, validation: Evaluated, resampling: Resampling) -> dict[str, Any]:
    """AUROC of energy between the evaluated photos and the validation photos: 0.5 where both are alike to the model."""
    apart = Resampling(validation.photos.groups, resampling.replicates, resampling.seed + 1)
    return apart_by(validation.answered.energies, evaluated.answered.energies, apart, resampling).to_json()


def row_of(
    kind: str,
    inside: np.ndarray,
    outside: np.ndarray,
    sure_in: np.ndarray,
    sure_out: np.ndarray,
    resampling: Resampling,
) -> dict[str, Any]:
    """AUROC with intervals, and the share of pictures taken for lesions where 95 % of the photos are kept."""
    pictures = Resampling(np.arange(len(outside)), resampling.replicates, resampling.seed + 1)
    strange = np.concatenate([np.zeros(len(inside), bool), np.ones(len(outside), bool)])
    kept = threshold_for_sensitivity(ranking(~strange, -np.concatenate([inside, outside])), KEPT)
    return {
        "kind": kind, "pictures": len(outside),
        "auroc_energy": apart_by(inside, outside, resampling, pictures).to_json(),
        "auroc_probability": apart_by(-sure_in, -sure_out, resampling, pictures).to_json(),
        "taken_for_lesions": round(float((-outside >= kept).mean()), 6),
    }  # fmt: skip


def apart_by(low: np.ndarray, high: np.ndarray, of_low: Resampling, of_high: Resampling) -> Interval:
    """AUROC of scores that should be higher in the second of two samples, each drawn for itself."""
    second = np.concatenate([np.zeros(len(low), bool), np.ones(len(high), bool)])
    scores = np.concatenate([low, high])
    halves = zip(of_low.weights(REPLICATES_AT_ONCE), of_high.weights(REPLICATES_AT_ONCE), strict=True)
    drawn = [weighted.aucs(np.concatenate(pair, axis=1), second, scores) for pair in halves]
    value = weighted.aucs(np.ones((1, len(scores))), second, scores)[0]
    enough = min(count(of_low.groups), count(of_high.groups)) >= GROUPS_MIN
    return where(enough, percentile_interval(float(value), np.concatenate(drawn)))


def spread(values: np.ndarray) -> list[float]:
    """The 5, 25, 50, 75 and 95 percentile."""
    return [round(float(v), 4) for v in np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])]
