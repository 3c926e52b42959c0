"""Negative control: the gate that judged a file has to fail two ruined ones, or its verdict is worth nothing.

permuted head  the file's own logits with the rows of its head in another order (every class answers for the next
               one): exactly what the file with permuted head rows says, so it need not be run again;
zeroed layer   a copy of the file whose first layer has zero weights, run through the same runtime. Up to `PHOTOS_MAX`
               photos, classes in turn, are enough: all of them get one answer.
Both are judged by `judge` with the tolerances of the real file. A gate that calls either of them anything but a failure
(inconclusive counts) cannot tell a good file from a ruined one with these photos.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError, GateError
from export.gate.answers import exported_logits
from export.gate.examine import Findings, Reference
from export.gate.photos import PhotoSet
from export.gate.ruin import ruined
from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, Verdict, judge

PHOTOS_MAX = 200
ABSURD = 1e30


@dataclass(frozen=True, kw_only=True)
class Control:
    """One ruined file and what the gate said of it."""

    name: str
    photos: int
    judgement: Judgement

    @property
    def caught(self) -> bool:
        """Whether the gate failed it, as it must."""
        return self.judgement.verdict is Verdict.FAIL

    def to_dict(self) -> dict[str, Any]:
        """For gate.json."""
        worst = self.judgement.worst
        return {
            "name": self.name,
            "verdict": self.judgement.verdict.value,
            "photos": self.photos,
            "accuracy_drop": round(self.judgement.accuracy.drop, 6),
            "worst_class": worst.name,
            "worst_recall_drop": round(worst.drop, 6),
        }


def negative_control(
    findings: Findings, model: Path, tolerances: Tolerances, open_model: Callable[[Path], Classifier]
) -> list[Control]:
    """Both controls of the file `model` that `findings` are about; GateError unless the gate fails both."""
    controls = [permuted_head(findings, tolerances), zeroed_layer(findings, model, tolerances, open_model)]
    for control in controls:
        if not control.caught:
            raise GateError(broken(control))
    return controls


def broken(control: Control) -> str:
    """Why the gate cannot be trusted, in one line."""
    judgement = control.judgement
    return (
        f"negative control: the gate calls a ruined file ({control.name}) {judgement.verdict.value} on"
        f" {control.photos} photos, where the float model itself is right in {judgement.accuracy.rate_float:.1%};"
        " its verdict would mean nothing: gate with more photos, tighter tolerances or a better model"
    )


def permuted_head(findings: Findings, tolerances: Tolerances) -> Control:
    """Every class answers for the next one."""
    return control_of("permuted head", findings.reference, np.roll(findings.logits, 1, axis=1), tolerances)


def zeroed_layer(
    findings: Findings, model: Path, tolerances: Tolerances, open_model: Callable[[Path], Classifier]
) -> Control:
    """The first layer answers nothing."""
    some = subset(findings.reference, in_turn(findings.reference.photos.truth)[:PHOTOS_MAX])
    with tempfile.TemporaryDirectory(prefix="dermedge-control-") as folder:
        try:
            classifier = open_model(ruined(model, Path(folder) / model.name))
            logits = exported_logits(classifier, some.photos.images, "control")
        except BackendError as error:
            raise GateError(f"negative control: the ruined file could not be run ({error})") from error
    # A ruined file may answer with no number at all; then it answers the first class.
    return control_of("zeroed layer", some, np.nan_to_num(logits, nan=-ABSURD), tolerances)


def control_of(name: str, reference: Reference, logits: np.ndarray, tolerances: Tolerances) -> Control:
    """What the gate says of `logits` [N, K] on the photos of `reference`."""
    photos = reference.photos
    answers = logits.argmax(axis=1)
    judgement = judge(photos.truth, reference.answers, answers, photos.clusters, reference.labels, tolerances)
    return Control(name=name, photos=len(photos), judgement=judgement)


def in_turn(truth: np.ndarray) -> np.ndarray:
    """Indices of all photos, one of each class after the other, each class in its own order."""
    turns = np.empty(len(truth), dtype=int)
    for label in np.unique(truth):
        mine = truth == label
        turns[mine] = np.arange(int(mine.sum()))
    return np.lexsort((truth, turns))


def subset(reference: Reference, chosen: np.ndarray) -> Reference:
    """The reference with the photos `chosen` alone."""
    photos = reference.photos

    def picked(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(values[i] for i in chosen)

    fewer: PhotoSet = replace(
        photos, ids=picked(photos.ids), images=photos.images[chosen], truth=photos.truth[chosen],
        groups=picked(photos.groups), clusters=photos.clusters[chosen], hashes=picked(photos.hashes),
        pixels=picked(photos.pixels),
        skin_types=None if photos.skin_types is None else photos.skin_types[chosen],
    )  # fmt: skip
    return replace(reference, photos=fewer, logits=reference.logits[chosen])
