"""Several data sets as one: classes by code, and no photo twice where two sets are of one archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label
from train.data.sample import Dataset, Sample


def joined(datasets: Sequence[Dataset], spec: str) -> Dataset:
    """The samples of all `datasets`, sorted by id; their classes are the same where the codes are.

    Where two sets are of one archive, an id that both have is one photo: the set named first keeps it. Elsewhere ids
    or groups that happen to be the same get the set's number in front. DataError where some sets come split and some
    do not.
    """
    labels = labels_of(datasets)
    place = {label.code: k for k, label in enumerate(labels)}
    samples: dict[str, Sample] = {}
    archives: dict[str, str] = {}
    notes: list[str] = []
    fixed: dict[str, str] = {}
    groups: dict[str, str] = {}
    for number, dataset in enumerate(datasets, start=1):
        own = apart(dataset, number, archives, groups)
        twice = [sample for sample in own if sample.id in samples]
        for sample, before in zip(own, dataset.samples, strict=True):
            groups.setdefault(sample.group, dataset.archive)
            if sample.id in samples:
                continue
            samples[sample.id] = replace(sample, label=place[dataset.labels[sample.label].code])
            archives[sample.id] = dataset.archive
            if dataset.fixed_splits is not None:
                fixed[sample.id] = dataset.fixed_splits[before.id]
        notes += [*dataset.notes, *repeated(twice, samples, labels, dataset)]
    if fixed and len(fixed) < len(samples):
        bare = [dataset.spec for dataset in datasets if dataset.fixed_splits is None]
        raise DataError(f"{spec}: {', '.join(bare)} come without splits, others with; give all splits, or none")
    return Dataset(
        spec, " + ".join(distinct([d.name for d in datasets])), "; ".join(distinct([d.licence for d in datasets])),
        labels, [samples[name] for name in sorted(samples)], fixed or None, tuple(notes),
        tuple(distinct([name for d in datasets for name in d.archives])),
    )  # fmt: skip


def labels_of(datasets: Sequence[Dataset]) -> tuple[Label, ...]:
    """The classes of all sets in the order met; what a code means is said by the first set that has it."""
    by_code: dict[str, Label] = {}
    for dataset in datasets:
        for label in dataset.labels:
            by_code.setdefault(label.code, label)
    return tuple(by_code.values())


def apart(dataset: Dataset, number: int, archives: dict[str, str], groups: dict[str, str]) -> list[Sample]:
    """The samples of set `number`, ids and groups that are another archive's told apart."""
    renamed = []
    for sample in dataset.samples:
        if archives.get(sample.id, dataset.archive) != dataset.archive:
            sample = replace(sample, id=f"{number}/{sample.id}")
        if groups.get(sample.group, dataset.archive) != dataset.archive:
            sample = replace(sample, group=f"{number}/{sample.group}")
        renamed.append(sample)
    return renamed


def repeated(twice: list[Sample], samples: dict[str, Sample], labels: Sequence[Label], dataset: Dataset) -> list[str]:
    """What to say of photos that an earlier set has already, a sentence or none."""
    if not twice:
        return []
    other = sum(labels[samples[sample.id].label].code != dataset.labels[sample.label].code for sample in twice)
    said = f"{dataset.spec}: {len(twice)} photos stand in a set named before it and count once"
    return [said + (f"; {other} of them have another class there, which is kept" if other else "")]


def distinct(words: list[str]) -> list[str]:
    """`words` in order, each once."""
    return list(dict.fromkeys(words))
