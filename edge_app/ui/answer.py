"""From the outputs for one photo or several of the same lesion to what the result screen says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.backends import Outputs
from edge_app.runtime.card import FitRule, ModelCard
from edge_app.runtime.classifier import Abstention, Prediction, decide, softmax
from edge_app.runtime.labels import Label, RiskTier

URGENCY = (RiskTier.ROUTINE, RiskTier.SOON, RiskTier.URGENT)
TOP = 3


@dataclass(frozen=True)
class Answer:
    """What is shown and saved.

    `verdict` is prediction, unsure (refer) or unknown (not like anything the model knows). `tier` is the referral
    advice. `top` are the best labels with their probabilities. `disagreement`: the photos got different labels.
    """

    verdict: str
    label: Label
    tier: RiskTier
    probability: float
    top: tuple[tuple[Label, float], ...]
    probabilities: dict[str, float]
    disagreement: bool
    reason: str


def combine(outputs: Sequence[Outputs], card: ModelCard, *, backend: str) -> Answer:
    """The answer for all photos of a lesion: the mean of their logits.

    Where the photos alone would get different labels, the answer is `unsure`, its probability is the lowest that any
    photo gives the common label, and the referral is as urgent as the most urgent photo suggests.
    """
    logits = np.mean([one.logits for one in outputs], axis=0)
    decided = decide(Outputs(logits), card, backend=backend)
    alone = [int(np.argmax(one.logits)) for one in outputs]
    disagreement = len(set(alone)) > 1
    best = decided.best_label if isinstance(decided, Abstention) else decided.label
    probability = decided.probability
    verdict = verdict_of(decided, card)
    if disagreement:
        verdict = "unsure" if verdict == "prediction" else verdict
        index = card.labels.index(best)
        probability = min(probability, *(float(softmax(one.logits)[index]) for one in outputs))
    tier = referral([best, *(card.labels[index] for index in alone)], verdict)
    reason = decided.reason if isinstance(decided, Abstention) else ""
    if disagreement and not reason:
        reason = "the photos of this lesion got different answers"
    return Answer(verdict, best, tier, probability, top_of(decided, card), decided.probabilities, disagreement, reason)


def verdict_of(decided: Prediction | Abstention, card: ModelCard) -> str:
    """prediction, unsure or unknown."""
    if isinstance(decided, Prediction):
        return "prediction"
    limits = card.thresholds
    return "unknown" if limits is not None and decided.energy > limits.energy_max else "unsure"


def referral(labels: Sequence[Label], verdict: str) -> RiskTier:
    """The most urgent tier of `labels`; an answer that is none is never routine."""
    tiers = [URGENCY.index(label.tier) for label in labels]
    lowest = 0 if verdict == "prediction" else URGENCY.index(RiskTier.SOON)
    return URGENCY[max(lowest, *tiers)]


def top_of(decided: Prediction | Abstention, card: ModelCard) -> tuple[tuple[Label, float], ...]:
    """The three best labels."""
    ranked = sorted(card.labels, key=lambda label: decided.probabilities[label.code], reverse=True)
    return tuple((label, decided.probabilities[label.code]) for label in ranked[:TOP])


def heat(cam: np.ndarray, index: int) -> np.ndarray:
    """Where class `index` was seen: `cam` [h, w, K] of it, its negative part cut off, scaled to 0..1."""
    values = np.maximum(cam[..., index].astype(np.float64), 0.0)
    largest = values.max()
    return np.asarray(values / largest if largest > 0 else values)


def heat_over(values: np.ndarray, rule: FitRule, width_px: int, height_px: int, side_px: int = 192) -> np.ndarray:
    """Heat 0..1 over a whole photo of this size, float32, its short side `side_px`: 0 where the model did not look.

    The model sees the central square, `side_px / resize_px` of the short side.
    """
    from PIL import Image

    scale = side_px / min(width_px, height_px)
    width, height = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    seen = max(1, round(side_px * rule.side_px / rule.resize_px))
    grown = Image.fromarray(values.astype(np.float32)).resize((seen, seen), Image.Resampling.BICUBIC)
    whole = np.zeros((height, width), np.float32)
    top, left = (height - seen) // 2, (width - seen) // 2
    whole[top : top + seen, left : left + seen] = np.clip(np.asarray(grown), 0.0, 1.0)
    return whole
