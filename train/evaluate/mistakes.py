"""The worst mistakes, for people to look at: photos leave the machine in no other file than the local report."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from train.evaluate.grad_cam import overlay
from train.evaluate.photos import Evaluated, fitted
from train.evaluate.subject import Subject

SHOWN_PX = 192


@dataclass(frozen=True)
class Mistake:
    """One photo uint8 [S, S, 3] beside its map laid over it, None where the model gives none."""

    id: str
    image: np.ndarray
    over: np.ndarray | None
    truth: str
    answer: str
    probability: float
    of_truth: float


@dataclass
class Pictures:
    """What the local page shows: confident mistakes, overlooked malignant photos, examples of what was tried."""

    confident: list[Mistake] = field(default_factory=list)
    overlooked: list[Mistake] = field(default_factory=list)
    outliers: dict[str, np.ndarray] = field(default_factory=dict)
    spoilt: list[np.ndarray] = field(default_factory=list)


def worst_mistakes(subject: Subject, evaluated: Evaluated, group: np.ndarray, most: int) -> Pictures:
    """The wrong answers given with the highest probability, and the malignant photos with the lowest score."""
    truth, probabilities = evaluated.photos.truth, evaluated.probabilities
    answers = probabilities.argmax(1)
    wrong = np.flatnonzero(answers != truth)
    confident = wrong[np.argsort(-probabilities.max(1)[wrong], kind="stable")][:most]
    missed = np.flatnonzero(group[truth] & ~group[answers])
    overlooked = missed[np.argsort(probabilities[:, group].sum(1)[missed], kind="stable")][:most]
    return Pictures(shown(subject, evaluated, confident), shown(subject, evaluated, overlooked))


def shown(subject: Subject, evaluated: Evaluated, chosen: np.ndarray) -> list[Mistake]:
    """The photos at places `chosen` with the map of what the model answered."""
    if not len(chosen):
        return []
    samples = [evaluated.photos.samples[i] for i in chosen]
    images, probabilities = fitted(samples, subject.fit), evaluated.probabilities
    maps, codes, found = subject.maps(images, None)[1], evaluated.plan.codes, []
    for row, (place, sample) in enumerate(zip(chosen, samples, strict=True)):
        answer = int(probabilities[place].argmax())
        found.append(Mistake(
            sample.id, images[row], None if maps is None else overlay(images[row], maps[row]), codes[sample.label],
            codes[answer], float(probabilities[place, answer]), float(probabilities[place, sample.label]),
        ))  # fmt: skip
    return found
