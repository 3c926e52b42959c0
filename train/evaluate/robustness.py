"""How far the answer and the map move when a photo is spoilt as phones and clinics spoil it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from train.evaluate.classes import ClassPlan
from train.evaluate.corruptions import CORRUPTIONS, STRENGTHS, corrupted
from train.evaluate.photos import BATCH
from train.evaluate.subject import Subject
from train.progress import track


@dataclass(frozen=True)
class Seen:
    """Probabilities [N, C] of photos, and maps [N, h, w] of fixed classes, None where the model gives none."""

    probabilities: np.ndarray
    maps: np.ndarray | None


def robustness_table(
    subject: Subject, plan: ClassPlan, temperature: float, images: np.ndarray, truth: np.ndarray, *, seed: int
) -> dict[str, Any]:
    """Every corruption in every strength on `images` uint8 [N, S, S, 3] of classes `truth` int [N]."""
    clean_logits, _ = subject.maps(images[:1], None)
    answers = np.concatenate([subject.logits(part) for part in batches(images)]).argmax(1)
    clean = look(subject, plan, temperature, images, answers)
    rows = []
    for name, strength in track([(n, s) for n in CORRUPTIONS for s in STRENGTHS], "spoilt photos"):
        spoilt, drawn = corrupted(images, name, strength, seed)
        rows.append({"corruption": name, "strength": strength,
                     **movement(clean, look(subject, plan, temperature, spoilt, answers), truth, drawn)})  # fmt: skip
    right = clean.probabilities.argmax(1) == truth
    return {"photos": len(images), "accuracy": round(float(right.mean()), 6), "maps": subject.map_kind
            if clean.maps is not None else None, "classes_of_model": clean_logits.shape[1], "rows": rows}  # fmt: skip


def batches(images: np.ndarray) -> list[np.ndarray]:
    """`images` in pieces of at most BATCH."""
    return [images[i : i + BATCH] for i in range(0, len(images), BATCH)]


def look(subject: Subject, plan: ClassPlan, temperature: float, images: np.ndarray, classes: np.ndarray) -> Seen:
    """Probabilities, and the maps of the model's own `classes` int [N]."""
    parts = [subject.maps(images[i : i + BATCH], classes[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    logits = np.concatenate([part[0] for part in parts])
    maps = [part[1] for part in parts if part[1] is not None]
    return Seen(plan.probabilities(logits, temperature), np.concatenate(maps) if len(maps) == len(parts) else None)


def movement(clean: Seen, spoilt: Seen, truth: np.ndarray, drawn: np.ndarray) -> dict[str, float | None]:
    """Accuracy; share of changed answers; how far probabilities and maps moved; map on what was drawn.

    `probability_moved` is the total variation distance of the two answers, 0..1; `map_similarity` the cosine between
    the two maps of the class that the clean photo was given, 1 where they agree; `map_on_drawn` the share of the map's
    sum on drawn pixels after, and `map_there_before` on the same pixels before.
    """
    moved = np.abs(clean.probabilities - spoilt.probabilities).sum(1) / 2
    row: dict[str, float | None] = {
        "accuracy": rounded(spoilt.probabilities.argmax(1) == truth),
        "changed": rounded(clean.probabilities.argmax(1) != spoilt.probabilities.argmax(1)),
        "probability_moved": rounded(moved),
        "map_similarity": None, "map_on_drawn": None, "map_there_before": None,
    }  # fmt: skip
    if clean.maps is None or spoilt.maps is None:
        return row
    row["map_similarity"] = rounded(cosines(clean.maps, spoilt.maps))
    if drawn.any():
        row["map_there_before"] = rounded(share_on(clean.maps, drawn))
        row["map_on_drawn"] = rounded(share_on(spoilt.maps, drawn))
    return row


def rounded(values: np.ndarray) -> float | None:
    """Mean of what is defined, with six digits; None where nothing is."""
    known = values[~np.isnan(values.astype(float))]
    return round(float(known.mean()), 6) if len(known) else None


def cosines(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Cosine between maps [N, h, w], pair by pair; NaN where one is empty."""
    product = (before * after).sum((1, 2))
    sizes = np.sqrt((before**2).sum((1, 2)) * (after**2).sum((1, 2)))
    return np.divide(product, sizes, out=np.full(len(before), np.nan), where=sizes > 0)


def share_on(maps: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Share of each map's sum [N] that lies on `drawn` bool [N, S, S], cell by cell; NaN for an empty map."""
    height, width = maps.shape[1:]
    cells = [Image.fromarray(one.astype(np.float32)).resize((width, height), Image.Resampling.BOX) for one in drawn]
    on = (maps * np.stack([np.asarray(cell) for cell in cells])).sum((1, 2))
    total = maps.sum((1, 2))
    return np.divide(on, total, out=np.full(len(maps), np.nan), where=total > 0)


def stratified(truth: np.ndarray, most: int) -> np.ndarray:
    """At most `most` photos, every class in turn, as sorted places int [n]."""
    turns = np.zeros(len(truth), int)
    for k in np.unique(truth):
        turns[truth == k] = np.arange(int((truth == k).sum()))
    return np.sort(np.lexsort((truth, turns))[:most])
