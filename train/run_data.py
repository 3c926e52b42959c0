"""The data of a run: opened, split, hashed and decoded before a run folder is made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError
from train.config import Recipe
from train.data.identity import HASH_DIGITS, archives_in, group_digest
from train.data.pixels import WorkPixels, decode_for_model, decode_for_training, work_side_px
from train.data.sample import Dataset, Sample, sha256_of
from train.data.spec import DataSpec, open_data
from train.data.splits import Splits, split
from train.losses.class_weights import weights_by
from train.progress import say, track
from train.structure import structure_of

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class RunData:
    """Decoded training photos, fitted validation photos [N, 3, S, S], the content of splits.json, and what the network
    is beyond its name and classes.
    """

    dataset: Dataset
    splits: Splits
    train: WorkPixels
    val: np.ndarray
    lists: dict[str, Any]
    structure: dict[str, Any] = field(default_factory=dict)

    def counts(self) -> np.ndarray:
        """Training photos per class, int64 [K]."""
        return np.bincount(labels_of(self.splits.train), minlength=len(self.dataset.labels))


def prepare(recipe: Recipe, spec: DataSpec) -> RunData:
    """Open, split, hash and decode the data; DataError names a photo that cannot be read."""
    dataset = open_data(spec)
    for note in dataset.notes:
        say(note)
    splits = split(dataset, recipe.fit.seed, spec.scheme)
    structure = structure_of(recipe, dataset, splits.train)
    rule = rule_of(recipe)
    lists = split_lists(dataset, splits, recipe.fit.seed, spec)
    hashes = {name: part["photos"] for name, part in lists["splits"].items()}
    work_px = work_side_px(rule.side_px, recipe.augment.scale[0])
    train = decode_for_training(splits.train, rule, work_px, hashes["train"])
    val = decode_for_model(splits.val, rule, "validation", hashes["val"])
    # An unreadable test photo shows now, not after hours of training.
    decode_for_model(splits.test, rule, "test", hashes["test"])
    return RunData(dataset, splits, train, val, lists, structure)


def rule_of(recipe: Recipe) -> FitRule:
    """The fit rule that the recipe describes; ConfigError for a side that its network does not take."""
    # Audits open data through this file, too, and need no timm, which takes seconds to import.
    from train.models.architectures import fixed_side

    arch, side_px = recipe.model.arch, recipe.model.side_px
    only = fixed_side(arch)
    if only not in (None, side_px):
        raise ConfigError(f"model.side_px is {side_px}; {arch} takes {only} alone: set that, or another model.arch")
    return FitRule(side_px=recipe.model.side_px, resize_px=recipe.model.resize_px, filter=recipe.model.filter)


def weights_of(recipe: Recipe, counts: np.ndarray) -> np.ndarray:
    """The loss weight of each class: float64 [K]."""
    loss = recipe.loss
    return weights_by(loss.weighting, counts, beta=loss.beta, scale=loss.scale)


def labels_of(samples: list[Sample]) -> np.ndarray:
    """Label indices int64 [N]."""
    return np.array([sample.label for sample in samples], dtype=np.int64)


def strata_of(samples: list[Sample], kind: str) -> np.ndarray:
    """What the sampler counts, as indices int64 [N]: the class, or the pair of class and way of taking the photo."""
    if kind == "class":
        return labels_of(samples)
    pairs = [(sample.label, sample.metadata.get("acquisition") or "") for sample in samples]
    place = {pair: k for k, pair in enumerate(sorted(set(pairs)))}
    return np.array([place[pair] for pair in pairs], dtype=np.int64)


def split_lists(dataset: Dataset, splits: Splits, seed: int, spec: DataSpec | None = None) -> dict[str, Any]:
    """The content of splits.json; photos and groups also as hashes, so that overlaps show without the data.

    `spec` says which label map and scheme were used, None that none were.
    """
    hashes = {sample.id: sha256_of(sample) for sample in track(dataset.samples, "hash photos")}
    merging = spec.label_map if spec else None
    return {
        "schema_version": SCHEMA_VERSION,
        "data": dataset.spec,
        "archives": archives_in(dataset),
        "label_map": merging.to_json() if merging else None,
        "scheme": spec.scheme if spec else "",
        "seed": seed,
        "data_sha256": data_sha256(dataset, hashes),
        "splits_sha256": splits_sha256(splits, hashes),
        "splits": {name: listed(samples, dataset, hashes) for name, samples in splits.named().items()},
    }


def data_sha256(dataset: Dataset, hashes: dict[str, str]) -> str:
    """One hash of every id, label and photo of the data set, whatever the order of files and rows."""
    whole = hashlib.sha256()
    for sample in sorted(dataset.samples, key=lambda sample: sample.id):
        whole.update(f"{sample.id} {dataset.labels[sample.label].code} {hashes[sample.id]}\n".encode())
    return whole.hexdigest()


def splits_sha256(splits: Splits, hashes: dict[str, str]) -> str:
    """One hash of which photo is in which split."""
    whole = hashlib.sha256()
    for name, samples in splits.named().items():
        for sample in samples:
            whole.update(f"{name} {sample.id} {hashes[sample.id]}\n".encode())
    return whole.hexdigest()


def listed(samples: list[Sample], dataset: Dataset, hashes: dict[str, str]) -> dict[str, list[str]]:
    """One split's ids, classes, photo hashes and group hashes (the first 16 hexadecimal digits of SHA-256)."""
    groups = sorted({sample.group for sample in samples})
    return {
        "ids": [sample.id for sample in samples],
        "labels": [dataset.labels[sample.label].code for sample in samples],
        "photos": [hashes[sample.id][:HASH_DIGITS] for sample in samples],
        "groups": [group_digest(group) for group in groups],
    }
