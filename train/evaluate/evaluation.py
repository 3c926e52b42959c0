"""One evaluation from beginning to end: answers, figures with intervals, tables, pictures for the local page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from edge_app.runtime.errors import DataError
from train.evaluate import outliers, robustness
from train.evaluate.abstention import abstention_table
from train.evaluate.bootstrap import Resampling
from train.evaluate.calibration import calibration_table
from train.evaluate.compare import difference_table
from train.evaluate.malignant import POINT, malignant_group, malignant_table, scores_of
from train.evaluate.mistakes import Pictures, worst_mistakes
from train.evaluate.opening import named_map, open_photos, plan_for, seen_in_run
from train.evaluate.options import Options
from train.evaluate.photos import Answered, Evaluated, PhotoSet, answer_all, fitted
from train.evaluate.subgroups import subgroup_tables
from train.evaluate.subject import Subject, open_subject
from train.evaluate.tables import class_table, classes_of, confusion_table, curve_table, overall_table
from train.evaluate.unseen import unseen_table
from train.evaluate.validation import validated, validation_photos
from train.places import folders_of, placeless
from train.progress import say
from train.provenance import provenance

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Evaluation:
    """The content of evaluation.json, every photo with its answer, and pictures for the local page alone."""

    result: dict[str, Any]
    evaluated: Evaluated
    pictures: Pictures


def evaluate(options: Options) -> Evaluation:
    """Everything that `options` ask for; nothing is written."""
    subject = open_subject(
        checkpoint=options.checkpoint, bundle=options.bundle, trusted_keys=options.trusted_keys,
        allow_unsigned=options.allow_unsigned, threads=options.threads,
    )  # fmt: skip
    return evaluation_of(subject, options)


def evaluation_of(subject: Subject, options: Options) -> Evaluation:
    """Everything that `options` ask for of a `subject` that is open."""
    label_map = named_map(options.label_map)
    plan = plan_for(subject, label_map)
    group = malignant_group(plan, options.malignant)
    photos = open_photos(options.data, subject, plan, label_map, options.run_data)
    validation, lacking = validation_photos(options, subject, plan, label_map)
    strange = outliers.outlier_pictures(options.outlier_pictures, options.seed, options.outliers, subject.fit)
    say(f"{subject.name}: {len(photos.samples)} photos of {options.data}")
    answered = answer_all(subject, photos.samples, "evaluated photos", turned=options.tta)
    chosen = validated(options, subject, plan, validation, lacking, answered)
    whole = Evaluated(photos, answered, plan, chosen.temperature)
    known = plan.known[photos.truth]
    if not known.any():
        raise DataError(f"{options.data} has no photo of a class that the model knows; name other data")
    result, pictures = described(options, subject, whole.subset(known), chosen.evaluated, group, strange)
    result["unseen_classes"] = unseen_table(whole, group) if not known.all() else None
    result["seen_in_run"] = {name: int(seen.sum()) for name, seen in seen_in_run(photos, answered, subject).items()}
    result["not_chosen_since"] = chosen.lacking
    result = head(options, subject, whole, chosen.evaluated) | result
    recorded = (subject.run.splits or {}).get("data") if subject.run else None
    return Evaluation(
        placeless(result, folders_of(options.data, options.validation, options.run_data, recorded)), whole, pictures
    )


def described(
    options: Options,
    subject: Subject,
    evaluated: Evaluated,
    validation: Evaluated | None,
    group: np.ndarray,
    strange: dict[str, np.ndarray],
) -> tuple[dict[str, Any], Pictures]:
    """Every table, and the pictures; `strange` ones by kind show no lesion."""
    resampling = Resampling(evaluated.photos.groups, options.replicates, options.seed)
    malignant = malignant_table(evaluated, validation, group, resampling)
    result: dict[str, Any] = {
        "overall": {name: one.to_json() for name, one in overall_table(evaluated, resampling).items()},
        "classes": class_table(evaluated, resampling),
        "confusion": confusion_table(evaluated),
        "curves": curve_table(evaluated),
        "calibration": calibration_table(evaluated, resampling),
        "malignant": malignant,
        "abstention": abstention_table(evaluated, validation, subject.thresholds, resampling),
        "subgroups": subgroup_tables(evaluated, called_at(POINT, malignant, evaluated, group), group, resampling),
        "test_time_augmentation": beside_plain(evaluated, resampling) if options.tta else None,
        "shift": outliers.shift_of(evaluated, validation, resampling) if validation else None,
        "outliers": None, "robustness": None,
    }  # fmt: skip
    pictures = worst_mistakes(subject, evaluated, group, options.mistakes)
    if strange:
        result["outliers"] = outliers.outlier_table(subject, evaluated, strange, resampling)
        pictures.outliers.update({kind: images[:6] for kind, images in strange.items()})
    if options.robust_photos:
        result["robustness"] = spoilt(options, subject, evaluated, pictures)
    return result, pictures


def spoilt(options: Options, subject: Subject, evaluated: Evaluated, pictures: Pictures) -> dict[str, Any]:
    """Robustness on some photos of every class, of which the first is shown."""
    truth = evaluated.photos.truth
    some = robustness.stratified(truth, options.robust_photos)
    images = fitted([evaluated.photos.samples[i] for i in some], subject.fit)
    pictures.spoilt.append(images[0])
    return robustness.robustness_table(
        subject, evaluated.plan, evaluated.temperature, images, truth[some], seed=options.seed
    )


def called_at(
    rule: str, malignant: dict[str, Any] | None, evaluated: Evaluated, group: np.ndarray
) -> np.ndarray | None:
    """Which photos the operating point of `rule` calls malignant, bool [N]; None where no point was chosen."""
    for row in (malignant or {}).get("operating_points", []):
        if row["rule"] == rule:
            threshold = np.inf if row["threshold"] is None else row["threshold"]
            return np.asarray(scores_of(evaluated, group) >= threshold)
    return None


def beside_plain(evaluated: Evaluated, resampling: Resampling) -> list[dict[str, Any]]:
    """What test-time augmentation changes: its figures less those of the photos as they are, pair by pair."""
    plain = evaluated.plan.probabilities(evaluated.answered.plain)
    turned = evaluated.plan.probabilities(evaluated.answered.logits)
    return difference_table(evaluated.photos.truth, plain, turned, evaluated.plan.codes, resampling)


def head(options: Options, subject: Subject, whole: Evaluated, validation: Evaluated | None) -> dict[str, Any]:
    """What was evaluated, on what, how."""
    photos = whole.photos
    return {
        "schema_version": SCHEMA_VERSION,
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": {**subject.facts(), "title": subject.name, "maps": subject.map_kind},
        "data": described_photos(photos, whole.answered),
        "validation": described_photos(validation.photos, validation.answered) if validation else None,
        "label_map": options.label_map,
        "model_classes": classes_of(whole.plan, [label.code for label in subject.labels]),
        "tta": options.tta, "replicates": options.replicates, "seed": options.seed,
        "provenance": provenance(options.command, "cpu"),
    }  # fmt: skip


def described_photos(photos: PhotoSet, answered: Answered) -> dict[str, Any]:
    """Which photos, how many lesions or patients, and one hash of all files and labels."""
    return {"spec": photos.spec, "name": photos.name, "licence": photos.licence,
            "photos": len(photos.samples), "groups": len(set(photos.groups.tolist())),
            "notes": list(photos.notes), "sha256": content_hash(answered.hashes, photos.truth)}  # fmt: skip


def content_hash(hashes: list[str], truth: np.ndarray) -> str:
    """One SHA-256 of every photo and its class, whatever their order."""
    lines = sorted(f"{digest} {label}" for digest, label in zip(hashes, truth.tolist(), strict=True))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
