"""The photos of an evaluation and what the model answers for each, a batch at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError, PhotoError
from train.data.identity import HASH_DIGITS
from train.data.sample import Sample, bytes_of
from train.evaluate.bootstrap import numbered
from train.evaluate.classes import ClassPlan
from train.evaluate.subject import Subject
from train.evaluate.turned_views import averaged, views
from train.progress import track

BATCH = 32


@dataclass(frozen=True)
class PhotoSet:
    """Photos by the name `spec`; the labels of `samples` index the classes of the evaluation.

    `notes` say in a sentence each what the data or a label map leave out, `archives` where names of lesions and
    patients come from.
    """

    spec: str
    name: str
    licence: str
    samples: list[Sample]
    notes: tuple[str, ...] = ()
    archives: tuple[str, ...] = ("",)

    @property
    def truth(self) -> np.ndarray:
        """Class of each photo, int64 [N]."""
        return np.array([sample.label for sample in self.samples], dtype=np.int64)

    @property
    def groups(self) -> np.ndarray:
        """Number of each photo's lesion or patient, int64 [N]."""
        return numbered([sample.group for sample in self.samples])

    def subset(self, chosen: np.ndarray) -> PhotoSet:
        """The photos that `chosen` bool [N] picks."""
        return replace(self, samples=[sample for sample, c in zip(self.samples, chosen, strict=True) if c])


@dataclass(frozen=True)
class Answered:
    """Raw answers: `logits` float32 [N, K], `energies` [N], `hashes` of the files (16 digits of SHA-256).

    Under test-time augmentation `logits` are the logs of the mean probabilities, `energies` the means over the views,
    and `plain` the logits of the photo as it is; else `plain` is `logits`.
    """

    logits: np.ndarray
    energies: np.ndarray
    hashes: list[str]
    plain: np.ndarray

    def subset(self, chosen: np.ndarray) -> Answered:
        """The answers to the photos that `chosen` bool [N] picks."""
        hashes = [h for h, c in zip(self.hashes, chosen, strict=True) if c]
        return Answered(self.logits[chosen], self.energies[chosen], hashes, self.plain[chosen])


@dataclass(frozen=True)
class Evaluated:
    """Photos with their answers in the classes of `plan`; `temperature` divides the logits."""

    photos: PhotoSet
    answered: Answered
    plan: ClassPlan
    temperature: float

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Probabilities float64 [N, C]."""
        return self.plan.probabilities(self.answered.logits, self.temperature)

    def subset(self, chosen: np.ndarray) -> Evaluated:
        """The photos that `chosen` bool [N] picks."""
        return Evaluated(self.photos.subset(chosen), self.answered.subset(chosen), self.plan, self.temperature)


def answer_all(subject: Subject, samples: list[Sample], what: str, *, turned: bool) -> Answered:
    """Every sample's answer, in order; `turned` averages eight views of each. DataError names an unreadable photo."""
    logits, energies, plain, hashes = [], [], [], []
    for start in track(range(0, len(samples), BATCH), what):
        read = [fitted_with_hash(sample, subject.fit) for sample in samples[start : start + BATCH]]
        images = np.stack([image for image, _ in read])
        hashes += [digest for _, digest in read]
        seen = [subject.logits(view) for view in views(images)] if turned else [subject.logits(images)]
        plain.append(seen[0])
        logits.append(averaged(seen) if turned else seen[0])
        energies.append(np.mean([energies_of(one) for one in seen], axis=0))
    return Answered(np.concatenate(logits), np.concatenate(energies), hashes, np.concatenate(plain))


def energies_of(logits: np.ndarray) -> np.ndarray:
    """-logsumexp of each row of `logits` [N, K] (Liu et al. 2020, eq. 4): high for photos unlike the training ones."""
    values = logits.astype(np.float64)
    largest = values.max(axis=1)
    return np.asarray(-(largest + np.log(np.exp(values - largest[:, None]).sum(axis=1))))


def fitted_with_hash(sample: Sample, rule: FitRule) -> tuple[np.ndarray, str]:
    """One photo as the model takes it, uint8 [S, S, 3], and its hash."""
    content = bytes_of(sample)
    try:
        image = photo.fit(photo.load(content, rule.resize_px), rule)
    except PhotoError as error:
        raise DataError(f"{sample.id} ({sample.source}): {error}") from error
    return image, hashlib.sha256(content).hexdigest()[:HASH_DIGITS]


def fitted(samples: list[Sample], rule: FitRule) -> np.ndarray:
    """Photos as the model takes them: uint8 [N, S, S, 3]."""
    return np.stack([fitted_with_hash(sample, rule)[0] for sample in samples])
