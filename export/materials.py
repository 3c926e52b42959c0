"""Everything that an export needs before the first conversion: the model, its photos, its float answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from export.folds import runs_of
from export.gate.answers import float_logits
from export.gate.clusters import repeats
from export.gate.examine import Reference
from export.gate.overlap import VALIDATION, Seen, refuse_overlap, seen_by, seen_in_training
from export.gate.photos import PhotoSet, decode, refuse_missing_classes
from export.gate.tolerances import Tolerances, parse_tolerances
from export.options import FOLDS, RUN, Options, Source
from export.progress import say
from export.qat.lessons import recipe_of
from export.quantize.calibration import Representative, representative
from train.checkpoint import TrainedModel, load_checkpoint
from train.data.run_spec import open_split
from train.evaluate.metrics import balanced_accuracy, confusion
from train.evaluate.temperature import PHOTOS_MIN, fit_temperature

# Times what guessing finds of each class; below it a warning.
GUESSING = 1.5


@dataclass(frozen=True, kw_only=True)
class Materials:
    """What every candidate shares. `apart_from` names the purposes whose photos are not among the gate's.

    `folds` are those of the other runs where folds are pooled: their gate photos are the folds, and all choose on the
    first run's selection photos.
    """

    trained: TrainedModel
    tolerances: Tolerances
    temperature: float
    calibration: Representative | None
    selection: Reference
    gate: Reference
    apart_from: tuple[str, ...]
    folds: tuple[Materials, ...] = ()


def gather(options: Options, *, calibrate: bool) -> Materials:
    """Read the checkpoint and the data, refuse what must not be, decode every photo once, run the float model once.

    `calibrate` says whether a scheme needs calibration photos.
    """
    trained = load_source(options)
    if options.qat_epochs:
        recipe_of(trained)
    tolerances = parse_tolerances(
        options.max_accuracy_drop, options.max_recall_drop, options.recall_tolerance, trained.labels
    )
    runs = runs_of(options, trained)
    selection = photos_of(options.selection_data, trained, "selection")
    chosen_by = partial(materials_of, options, tolerances, selection, calibrate=calibrate)
    first, *folds = map(chosen_by, runs)
    return replace(first, folds=tuple(folds))


def materials_of(
    options: Options, tolerances: Tolerances, selection: PhotoSet, trained: TrainedModel, *, calibrate: bool
) -> Materials:
    """What one run brings; where folds are pooled, its validation photos, its fold, are the gate's."""
    pooled = options.gate_data == FOLDS
    gate = photos_of(RUN + "val" if pooled else options.gate_data, trained, "gate")
    refuse_missing_classes(gate, trained.labels)
    calibration = calibration_of(options, trained) if calibrate else None
    seen = seen_before(trained, selection, calibration)
    if pooled:
        seen = [earlier for earlier in seen if earlier.purpose != VALIDATION]
    refuse_overlap(gate, seen)
    selection_logits = float_logits(trained, selection.images, "selection")
    warn_of_guessing(selection_logits, selection)
    if len(selection) < PHOTOS_MIN:
        say(f"warning: {len(selection)} selection photos; a temperature needs {PHOTOS_MIN}, so none is fitted")
    temperature = fit_temperature(selection_logits, selection.truth)
    gate_logits = float_logits(trained, gate.images, "gate")
    return Materials(
        trained=trained,
        tolerances=tolerances,
        temperature=temperature,
        calibration=calibration,
        selection=Reference(photos=selection, logits=selection_logits / temperature, labels=trained.labels),
        gate=Reference(photos=gate, logits=gate_logits / temperature, labels=trained.labels),
        apart_from=tuple(earlier.purpose for earlier in seen),
    )


def load_source(source: Source) -> TrainedModel:
    """The float model of a checkpoint of ours, or of one trained elsewhere."""
    if source.arch is None or source.labels is None:
        return load_checkpoint(source.checkpoint)
    from export.foreign import load_foreign

    return load_foreign(
        source.checkpoint, source.arch, source.labels, side_px=source.side_px, mean=source.mean, std=source.std
    )


def warn_of_guessing(logits: np.ndarray, photos: PhotoSet) -> None:
    """Say so when the float model does little better than chance: its classes may be listed in another order."""
    classes = logits.shape[1]
    found = balanced_accuracy(confusion(photos.truth, logits.argmax(axis=1), classes))
    if found < GUESSING / classes:
        say(
            f"warning: the float model finds {found:.1%} of each class on average, and guessing {1 / classes:.1%};"
            " check that the labels stand in the order of its outputs, and that the data are its kind of photo"
        )


def photos_of(spec: str, trained: TrainedModel, what: str) -> PhotoSet:
    """The photos that `spec` names, decoded for the model."""
    photos = decode(open_split(spec, trained), trained.labels, trained.fit, what)
    if copies := repeats(photos.pixels):
        say(f"warning: {copies} of {len(photos)} {what} photos repeat others pixel for pixel; copies add no evidence")
    return photos


def calibration_of(options: Options, trained: TrainedModel) -> Representative:
    """Class-balanced calibration photos."""
    data = open_split(options.calibration_data, trained)
    return representative(data, trained.labels, trained.fit, count=options.calibration_count, seed=options.seed)


def seen_before(trained: TrainedModel, selection: PhotoSet, calibration: Representative | None) -> list[Seen]:
    """What the gate's photos must be apart from."""
    seen = seen_in_training(trained.splits)
    if not seen:
        say("warning: the checkpoint has no split lists; that the gate's photos were not trained on cannot be checked")
    seen.append(seen_by("selection", selection))
    if calibration is not None:
        seen.append(seen_by("calibration", calibration.photos))
    return seen
