"""`run@test` and ordinary data spellings, seen from a trained model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from edge_app.runtime.errors import ConfigError, DataError
from train.checkpoint import TrainedModel
from train.data.sample import Dataset, sha256_of
from train.data.spec import DataSpec, open_data, parse
from train.data.splits import split

HASH_DIGITS = 16


def open_split(spec: str, trained: TrainedModel, data_root_spec: str | None = None) -> Dataset:
    """The photos that `spec` names, their labels in the order of `trained`.

    `run@train|val|test` are the lists of the checkpoint's own run, read from the data that the run names or from
    `data_root_spec`; any other spelling opens that data, `@split` cutting it as a run with the checkpoint's seed would.
    """
    kind, _, name = spec.partition("@")
    if kind == "run":
        if name not in ("train", "val", "test"):
            raise ConfigError(f"data {spec!r} is not understood; allowed: run@train, run@val, run@test")
        return relabelled(run_split(name, trained, data_root_spec), trained)
    parsed = parse(spec)
    dataset = open_data(parsed)
    if parsed.split != "all":
        seed = int((trained.splits or {}).get("seed", 0))
        dataset = dataset.subset(split(dataset, seed).named()[parsed.split], spec)
    return relabelled(dataset, trained)


def run_split(name: str, trained: TrainedModel, data_root_spec: str | None) -> Dataset:
    """The samples that the run's splits.json lists under `name`: by id, else by photo hash."""
    if trained.splits is None:
        raise DataError(f"the checkpoint has no split lists, so run@{name} is unknown; name the data instead")
    source = find_source(trained.splits["data"], data_root_spec)
    dataset = open_data(source)
    listed = trained.splits["splits"][name]
    wanted = {photo: None for photo in listed["photos"]}
    if listed["ids"] is not None:
        by_id = {sample.id: sample for sample in dataset.samples}
        found = [by_id[i] for i in listed["ids"] if i in by_id]
    else:
        found = [sample for sample in dataset.samples if sha256_of(sample)[:HASH_DIGITS] in wanted]
    if len(found) != len(listed["photos"]):
        raise DataError(
            f"{source} holds {len(found)} of the {len(listed['photos'])} photos of run@{name}; name the run's own data"
        )
    return dataset.subset(found, f"run@{name}")


def find_source(recorded: str, data_root_spec: str | None) -> DataSpec:
    """Where the run's data are now: as given, as recorded, or under DERMEDGE_DATA by the kind's name."""
    if data_root_spec is not None:
        return parse(data_root_spec)
    kind, _, path = recorded.partition(":")
    root = os.environ.get("DERMEDGE_DATA")
    if path and (kind == "phantom" or Path(path).expanduser().is_dir()):
        return parse(recorded)
    if not root:
        raise DataError(f"the run's data ({recorded}) are not here; name them, or set DERMEDGE_DATA to their parent")
    return parse(f"{kind}:{Path(root) / (Path(path).name or kind)}")


def relabelled(dataset: Dataset, trained: TrainedModel) -> Dataset:
    """`dataset` with label indices of `trained`; DataError for a class that the model does not know."""
    codes = [label.code for label in trained.labels]
    used = {dataset.labels[s.label].code for s in dataset.samples}
    unknown = sorted(used - set(codes))
    if unknown:
        raise DataError(f"{dataset.spec}: the model does not know {', '.join(unknown)}, but {', '.join(codes)}")
    if [label.code for label in dataset.labels] == codes:
        return dataset
    place = [codes.index(label.code) if label.code in codes else -1 for label in dataset.labels]
    samples = [replace(s, label=place[s.label]) for s in dataset.samples]
    return Dataset(dataset.spec, dataset.name, dataset.licence, trained.labels, samples)
