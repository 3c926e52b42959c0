"""From the outputs for one photo or several of the same lesion to what the result screen says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.backends import Outputs
from edge_app.runtime.card import ModelCard
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
