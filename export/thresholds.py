"""When the phone should rather not answer: limits from the shipped file's own answers to validation photos.

energy_max     the energy (-logsumexp of the logits; Liu et al. 2020) that 95 % of validation photos stay below: a
               photo with more of it is unlike those that the model knows.
confidence_min the floor under the best probability. After temperature scaling the best probability is an estimate of
               being right, so the floor asks for odds: twice as likely as by guessing among the K classes, kept
               between 0.2 and 0.5; but at most what 95 % of the validation photos that the model gets right reach, so
               that no more than one right answer in twenty is withheld by it.
"""

from __future__ import annotations

import numpy as np

from edge_app.runtime.card import Thresholds
from edge_app.runtime.classifier import energy, softmax

KEEP = 0.95
FLOOR_MIN, FLOOR_MAX = 0.2, 0.5
TIMES_GUESSING = 2.0


def abstention_thresholds(logits: np.ndarray, truth: np.ndarray) -> Thresholds:
    """Thresholds from calibrated `logits` float [N, K] of the shipped file and the `truth` int [N]."""
    energies = np.array([energy(row) for row in logits])
    best = np.array([softmax(row).max() for row in logits])
    right = best[logits.argmax(axis=1) == truth]
    floor = min(max(FLOOR_MIN, TIMES_GUESSING / logits.shape[1]), FLOOR_MAX)
    if len(right):
        floor = min(floor, float(np.quantile(right, 1.0 - KEEP, method="lower")))
    return Thresholds(energy_max=float(np.quantile(energies, KEEP, method="higher")), confidence_min=floor)
