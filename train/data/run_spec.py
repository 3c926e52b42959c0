"""`run@test` and ordinary data spellings, seen from a trained model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import CheckpointError, ConfigError, DataError
from train.checkpoint import TrainedModel
from train.data.identity import photo_digest
from train.data.label_map import LabelMap, map_of
from train.data.sample import Dataset, Sample
from train.data.spec import PHANTOM, DataPart, DataSpec, open_data, parse, recorded_parts
from train.data.splits import split


def open_split(
    spec: str, trained: TrainedModel, data_root_spec: str | None = None, *, label_map: str | LabelMap | None = None
) -> Dataset:
    """The photos that `spec` names, their labels in the order of `trained`.

    `run@train|val|test` are the lists of the checkpoint's own run, read from the data that the run names or from
    `data_root_spec`; any other spelling opens that data, `@split` cutting it as a run with the checkpoint's seed would.
    Classes are merged by `label_map`, else by the map of the run. A class that the model does not know is an error,
    unless `label_map` is given: then its photos are left out, and the data set's notes say so.
    """
    kind, _, name = spec.partition("@")
    if kind == "run":
        if name not in ("train", "val", "test"):
            raise ConfigError(f"data {spec!r} is not understood; allowed: run@train, run@val, run@test")
        return relabelled(run_split(name, trained, data_root_spec), trained)
    dataset = open_cut(parse(spec, label_map or map_of_run(trained)), seed_of(trained), spec)
    return relabelled(dataset if label_map is None else known_only(dataset, trained), trained)


def open_cut(spec: DataSpec, seed: int, name: str) -> Dataset:
    """The split of its data that `spec` names, cut as a run with `seed` cuts it."""
    dataset = open_data(spec)
    if spec.split == "all":
        return dataset
    return dataset.subset(split(dataset, seed, spec.scheme).named()[spec.split], name)


def seed_of(trained: TrainedModel) -> int:
    """The seed that cut the data of the run; 0 where it is not known."""
    return int((trained.splits or {}).get("seed", 0))


def map_of_run(trained: TrainedModel) -> LabelMap | None:
    """The label map that the run was trained through."""
    recorded: dict[str, Any] | None = (trained.splits or {}).get("label_map")
    return None if recorded is None else map_of(str(recorded["name"]), recorded["classes"], "of the run")


def run_split(name: str, trained: TrainedModel, data_root_spec: str | None) -> Dataset:
    """The samples that the run's splits.json lists under `name`: by id, else by photo hash."""
    if trained.splits is None:
        raise DataError(f"the checkpoint has no split lists, so run@{name} is unknown; name the data instead")
    listed = list_named(name, trained.splits)
    source = find_source(str(trained.splits.get("data", "")), data_root_spec)
    dataset = open_data(source, label_map=map_of_run(trained))
    if listed["ids"] is not None:
        by_id = {sample.id: sample for sample in dataset.samples}
        found = {i: photo_digest(by_id[i]) for i in listed["ids"] if i in by_id}
    else:
        wanted = set(listed["photos"])
        digests = {sample.id: photo_digest(sample) for sample in dataset.samples}
        found = {i: digest for i, digest in digests.items() if digest in wanted}
    what = f"{source}, run@{name}"
    if len(found) != len(listed["photos"]):
        raise DataError(f"{what}: {len(found)} of {len(listed['photos'])} photos are there; name the run's own data")
    if listed["ids"] is not None:
        refuse_changed(found, listed["photos"], what)
    chosen = [sample for sample in dataset.samples if sample.id in found]
    refuse_other_labels(chosen, dataset, found, listed, what)
    return dataset.subset(chosen, f"run@{name}")


def list_named(name: str, splits: dict[str, Any]) -> dict[str, Any]:
    """One list of splits.json: `ids` or None, `photos`, perhaps `labels`; CheckpointError where it is damaged."""
    try:
        found = splits["splits"][name]
        lengths = {len(found[key]) for key in ("ids", "photos", "labels") if found.get(key) is not None}
        whole = len(lengths) == 1 and "ids" in found and "photos" in found
    except (KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise CheckpointError(f"the list run@{name} of the checkpoint is missing or damaged; train again")
    return dict(found)


def refuse_other_labels(
    samples: list[Sample], dataset: Dataset, digests: dict[str, str], listed: dict[str, Any], what: str
) -> None:
    """DataError where a photo has another class than the run listed for it; lists of before classes were kept pass."""
    if listed.get("labels") is None:
        return
    recorded: dict[str, list[str]] = {}
    for digest, code in zip(listed["photos"], listed["labels"], strict=True):
        recorded.setdefault(digest, []).append(code)
    codes = {sample.id: dataset.labels[sample.label].code for sample in samples}
    other = [i for i, code in codes.items() if code not in recorded[digests[i]]]
    if other:
        was = " or ".join(sorted(set(recorded[digests[other[0]]])))
        raise DataError(
            f"{what}: {len(other)} of {len(samples)} photos have another class than in the run (first: {other[0]}, was"
            f" {was}, is {codes[other[0]]}); name the run's own data, or train again on the new classes"
        )


def refuse_changed(digests: dict[str, str], listed: list[str], what: str) -> None:
    """DataError where a photo, `digests` by id, is not to the byte the one that the run listed under its id."""
    changed = [one for (one, digest), before in zip(digests.items(), listed, strict=True) if digest != before]
    if changed:
        raise DataError(
            f"{what}: {len(changed)} of {len(digests)} photos are not those of the run (first: {changed[0]});"
            " name the run's own data"
        )


def find_source(recorded: str, data_root_spec: str | None) -> DataSpec:
    """Where the run's data are now: as given, as recorded, or under DERMEDGE_DATA by the kind's name."""
    if data_root_spec is not None:
        return parse(data_root_spec)
    return DataSpec(tuple(find_part(part, recorded) for part in recorded_parts(recorded)))


def find_part(part: DataPart, recorded: str) -> DataPart:
    """Where one of the run's data sets is now."""
    root, path = os.environ.get("DERMEDGE_DATA"), Path(part.path).expanduser()
    if part.path and (part.kind == PHANTOM or path.exists()):
        return part
    if not root:
        raise DataError(f"the run's data ({recorded}) are not here; name them, or set DERMEDGE_DATA to their parent")
    places = [Path(root) / name for name in (path.name, part.kind, part.kind.replace("-", "_")) if name]
    return replace(part, path=str(next((place for place in places if place.exists()), places[0])))


def known_only(dataset: Dataset, trained: TrainedModel) -> Dataset:
    """`dataset` without the classes that the model does not know; the notes count what is left out."""
    codes = {label.code for label in trained.labels}
    kept = [sample for sample in dataset.samples if dataset.labels[sample.label].code in codes]
    if len(kept) == len(dataset.samples):
        return dataset
    counts = {label.code: int(count) for label, count in zip(dataset.labels, dataset.counts(), strict=True)}
    lost = ", ".join(f"{code} {count}" for code, count in counts.items() if code not in codes and count)
    dropped = len(dataset.samples) - len(kept)
    note = f"{dropped} of {len(dataset.samples)} photos are left out, of classes that the model does not know: {lost}"
    return replace(dataset, samples=kept, notes=(*dataset.notes, note))


def relabelled(dataset: Dataset, trained: TrainedModel) -> Dataset:
    """`dataset` with label indices of `trained`; DataError for a class that the model does not know."""
    codes = [label.code for label in trained.labels]
    used = {dataset.labels[s.label].code for s in dataset.samples}
    unknown = sorted(used - set(codes))
    if unknown:
        raise DataError(
            f"{dataset.spec}: the model does not know {', '.join(unknown)}, but {', '.join(codes)};"
            " give data of the classes that it knows, or train and evaluate with a --label-map"
        )
    if [label.code for label in dataset.labels] == codes:
        return dataset
    place = [codes.index(label.code) if label.code in codes else -1 for label in dataset.labels]
    samples = [replace(s, label=place[s.label]) for s in dataset.samples]
    return replace(dataset, labels=trained.labels, samples=samples)
