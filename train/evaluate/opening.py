"""From a data spelling to photos in the classes of the evaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_app.runtime.errors import DataError
from train.data.identity import archives_of_run, names_may_agree, shared_group_digest
from train.data.label_map import LabelMap, load_map
from train.data.run_spec import map_of_run, open_cut, run_split, seed_of
from train.data.sample import Dataset
from train.data.spec import parse
from train.evaluate.classes import ClassPlan, merged_classes, own_classes
from train.evaluate.photos import Answered, PhotoSet
from train.evaluate.subject import Subject

RUN_SPLITS = ("run@train", "run@val", "run@test")


def plan_for(subject: Subject, label_map: LabelMap | None) -> ClassPlan:
    """The classes of the evaluation: those of `label_map`, else the model's own."""
    if label_map is None:
        return own_classes(subject.labels)
    # A model that was trained through the map has its classes already, whatever they were called before.
    into = {label.code: label.code for label in label_map.labels} | label_map.into
    return merged_classes(subject.labels, label_map.labels, into, label_map.name)


def named_map(name: str | None) -> LabelMap | None:
    """The label map of that name."""
    return None if name is None else load_map(name)


def open_dataset(spec: str, subject: Subject, label_map: LabelMap | None, run_data: str | None) -> Dataset:
    """The photos that `spec` names, in the classes of the evaluation as far as `label_map` merges them.

    `run@test` and the like are the lists of the subject's run; any other `@split` cuts the data as its run would have.
    """
    if spec in RUN_SPLITS:
        if subject.run is None:
            raise DataError(f"{spec} needs the lists of the run that the model comes from; name --checkpoint too")
        dataset = run_split(spec.partition("@")[2], subject.run, run_data)
        return dataset if label_map is None else label_map.applied(dataset)
    merging = label_map or (map_of_run(subject.run) if subject.run else None)
    return open_cut(parse(spec, merging), seed_of(subject.run) if subject.run else 0, spec)


def open_photos(
    spec: str, subject: Subject, plan: ClassPlan, label_map: LabelMap | None, run_data: str | None
) -> PhotoSet:
    """The photos of `spec`; DataError for classes that the plan does not hold."""
    dataset = open_dataset(spec, subject, label_map, run_data)
    if not dataset.samples:
        raise DataError(f"{spec} holds no photo; name data with some")
    codes = [label.code for label in dataset.labels]
    unknown = sorted({codes[s.label] for s in dataset.samples} - set(plan.codes))
    if unknown:
        raise DataError(
            f"{spec} has photos of {', '.join(unknown)}, which the model does not know; it knows"
            f" {', '.join(plan.codes)}: name a --label-map that holds both"
        )
    place = [plan.codes.index(code) if code in plan.codes else -1 for code in codes]
    samples = [replace(sample, label=place[sample.label]) for sample in dataset.samples]
    return PhotoSet(spec, dataset.name, dataset.licence, samples, dataset.notes, dataset.archives)


def seen_in_run(photos: PhotoSet, answered: Answered, subject: Subject) -> dict[str, np.ndarray]:
    """Which photos the subject's run trained on, and which it was chosen by: bool [N] each.

    By the file's hash, or, within an archive, by the name of the lesion or patient, of which other photos may have
    been seen.
    """
    recorded = (subject.run.splits if subject.run else None) or {}
    lists, seen = recorded.get("splits", {}), {}
    named = names_may_agree(archives_of_run(recorded), photos.archives)
    groups = [shared_group_digest(one.id, one.group) if named else "" for one in photos.samples]
    for name in ("train", "val"):
        if name in lists:
            files, names = set(lists[name].get("photos", [])), set(lists[name].get("groups", []))
            pairs = zip(answered.hashes, groups, strict=True)
            seen[name] = np.array([digest in files or group in names for digest, group in pairs])
    return seen
