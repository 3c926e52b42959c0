"""The photos that temperature and thresholds are chosen on: never those that are evaluated, and never too few."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge_app.runtime.errors import DataError
from train.data.label_map import LabelMap
from train.evaluate.classes import ClassPlan
from train.evaluate.enough import VALIDATION_MIN, count
from train.evaluate.opening import open_photos
from train.evaluate.options import Options
from train.evaluate.photos import Answered, Evaluated, PhotoSet, answer_all
from train.evaluate.subject import Subject
from train.evaluate.temperature import fit_temperature


@dataclass(frozen=True)
class Validation:
    """Validation photos with their answers and the temperature fitted on them; None, and `lacking` says why."""

    evaluated: Evaluated | None
    lacking: str = ""

    @property
    def temperature(self) -> float:
        """Divides the logits; 1 where none was fitted."""
        return self.evaluated.temperature if self.evaluated else 1.0


def validation_photos(
    options: Options, subject: Subject, plan: ClassPlan, label_map: LabelMap | None
) -> tuple[PhotoSet | None, str]:
    """The photos that the options name, else the run's own; None, and why.

    The run's own may be out of reach, which is no reason to refuse: it is said.
    """
    if options.validation is not None:
        return open_photos(options.validation, subject, plan, label_map, options.run_data), ""
    if subject.run is None or subject.run.splits is None:
        return None, "no validation photos are known; name some with --validation"
    if options.data in ("run@val", "run@train"):
        return None, f"{options.data} is evaluated, so no photos are left to choose on; name some with --validation"
    try:
        return open_photos("run@val", subject, plan, label_map, options.run_data), ""
    except DataError as error:
        return None, f"the run's validation photos are out of reach ({error}); name some with --validation"


def validated(
    options: Options, subject: Subject, plan: ClassPlan, photos: PhotoSet | None, lacking: str, answered: Answered
) -> Validation:
    """Answers to the validation photos with the temperature fitted on them; DataError where they are evaluated, too."""
    if photos is None:
        return Validation(None, lacking)
    own = answer_all(subject, photos.samples, "validation photos", turned=options.tta)
    both = set(own.hashes) & set(answered.hashes)
    if both:
        raise DataError(
            f"{len(both)} photos of validation data {photos.spec} are evaluated as well ({options.data}); a temperature"
            " and thresholds fitted on them would flatter: name other --validation data"
        )
    found = Evaluated(photos, own, plan, 1.0).subset(plan.known[photos.truth])
    people = count(found.photos.groups)
    if people < VALIDATION_MIN:
        return Validation(None, (
            f"the validation photos ({photos.spec}) are of {people} lesions or patients of classes that the model"
            f" knows; {VALIDATION_MIN} are needed"
        ))  # fmt: skip
    temperature = fit_temperature(found.answered.logits, found.photos.truth, plan.place)
    return Validation(replace(found, temperature=temperature))
