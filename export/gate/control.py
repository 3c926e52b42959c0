"""Negative control: the gate that judged a file has to fail two ruined ones, or its verdict is worth nothing.

permuted head  the file's own logits with the rows of its head in another order (every class answers for the next
               one): exactly what the file with permuted head rows says, so it need not be run again. A file that has
               failed may do so for an order of its own, which another one could mend: the float model's stand for it;
zeroed layer   a copy of the file whose first layer has zero weights, run through the same runtime. Up to `PHOTOS_MAX`
               photos, classes in turn, are enough: all of them get one answer.
Both are judged by `judge` with the tolerances of the real file. A gate that calls either of them anything but a failure
(inconclusive counts) cannot tell a good file from a ruined one with these photos. Nor is it enough that one kind of row
fails for all: either file must fail in a class, and one of them in accuracy, and in a tier where there are several. (A
file that answers one class whatever it sees is right in most photos where most are of that class.)
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
from export.gate.verdict import Judgement, Row, Verdict, judge

PHOTOS_MAX = 200
ABSURD = 1e30


@dataclass(frozen=True, kw_only=True)
class Control:
    """One ruined file and what the gate said of it."""

    name: str
    photos: int
    judgement: Judgement

    @property
    def failed_classes(self) -> list[str]:
        """The classes that fail."""
        return failed(self.judgement.classes)

    @property
    def failed_tiers(self) -> list[str]:
        """The tiers that fail."""
        return failed(self.judgement.tiers)

    @property
    def caught(self) -> bool:
        """Whether the gate failed it, and for a class at least, as it must."""
        return self.judgement.verdict is Verdict.FAIL and bool(self.failed_classes)

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
            "accuracy_verdict": self.judgement.accuracy.verdict.value,
            "failed_classes": self.failed_classes,
            "failed_tiers": self.failed_tiers,
        }


def negative_control(
    findings: Findings, model: Path, tolerances: Tolerances, open_model: Callable[[Path], Classifier]
) -> list[Control]:
    """Both controls of the file `model` that `findings` are about; GateError unless the gate fails both as it must."""
    controls = [permuted_head(findings, tolerances), zeroed_layer(findings, model, tolerances, open_model)]
    for control in controls:
        if not control.caught:
            said = f"no class of a ruined file ({control.name}, called {control.judgement.verdict})"
            raise GateError(broken(control, said))
    whole = controls[0].judgement
    if beats_one_answer(whole.classes) and not any(failed([control.judgement.accuracy]) for control in controls):
        raise GateError(broken(controls[0], "the accuracy of neither ruined file"))
    if beats_one_answer(whole.tiers) and not any(control.failed_tiers for control in controls):
        raise GateError(broken(controls[0], "no tier of either ruined file"))
    return controls


def beats_one_answer(rows: Sequence[Row]) -> bool:
    """Whether the float model finds more of `rows` than one answer for all photos does: all of one and none of others.

    Where it does not (of a single tier nothing can be lost) a ruined file may do as well.
    """
    return sum(row.rate_float for row in rows) > 1.0


def broken(control: Control, unseen: str) -> str:
    """Why the gate cannot be trusted, in one line."""
    return (
        f"negative control: the gate fails {unseen} on {control.photos} photos, where the float model itself is right"
        f" in {control.judgement.accuracy.rate_float:.1%}; its verdict would mean nothing: gate with more photos,"
        " tighter tolerances or a better model"
    )


def failed(rows: Sequence[Row]) -> list[str]:
    """The names of the rows that fail."""
    return [row.name for row in rows if row.verdict is Verdict.FAIL]


def permuted_head(findings: Findings, tolerances: Tolerances) -> Control:
    """Every class answers for the next one."""
    has_failed = findings.judgement.verdict is Verdict.FAIL
    logits = findings.reference.logits if has_failed else findings.logits
    return control_of("permuted head", findings.reference, np.roll(logits, 1, axis=1), tolerances)


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
