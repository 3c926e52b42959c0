"""The data of a frozen run: opened, split, hashed, and turned into features."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from train.config import Recipe
from train.data.pixels import WorkPixels
from train.data.sample import Dataset, Sample
from train.data.spec import DataSpec, open_data
from train.data.splits import Splits, split
from train.frozen.features import features_of
from train.frozen.head import Rows
from train.models.architectures import classifier_name
from train.models.create import create
from train.models.linear_head import check_linear_head
from train.progress import say
from train.run_data import RunData, labels_of, rule_of, split_lists, strata_of
from train.structure import structure_of

FEW_PHOTOS = 100


@dataclass(frozen=True)
class Frozen:
    """A network, where its weights come from, and the features of every photo of a data set by id."""

    model: nn.Module
    origin: str
    dataset: Dataset
    features: np.ndarray
    place: dict[str, int] = field(default_factory=dict)

    def head(self, drop: float) -> nn.Module:
        """The part that is trained, with the dropout that a linear classifier has before it."""
        return head_of(self.model, drop)

    def rows(self, samples: list[Sample], strata: str = "class") -> Rows:
        """Features and labels of `samples`, and what a sampler with those `strata` counts."""
        places = [self.place[sample.id] for sample in samples]
        labels = torch.from_numpy(labels_of(samples))
        return Rows(torch.from_numpy(self.features[places]), labels, strata_of(samples, strata))


def prepare(recipe: Recipe, spec: DataSpec, init: str | None, device: str) -> tuple[Frozen, RunData]:
    """Open, split and hash the data, and compute the features that are not kept yet."""
    dataset = open_data(spec)
    for note in (*dataset.notes, *few_photos(dataset)):
        say(note)
    splits = split(dataset, recipe.fit.seed, spec.scheme)
    lists = split_lists(dataset, splits, recipe.fit.seed, spec)
    samples, hashes = in_one_order(splits, {name: part["photos"] for name, part in lists["splits"].items()})
    structure = structure_of(recipe, dataset, splits.train)
    torch.manual_seed(recipe.fit.seed)
    model, origin = create(
        recipe.model.arch, len(dataset.labels), pretrained=recipe.model.pretrained, init=init, drop=recipe.model.drop,
        structure=structure,
    )  # fmt: skip
    check_linear_head(model, recipe.model.arch, recipe.model.side_px, "model.frozen")
    features = features_of(
        model, samples, hashes, rule=rule_of(recipe), mean=recipe.model.mean, std=recipe.model.std, device=device,
        structure=structure,
    )  # fmt: skip
    frozen = Frozen(model.cpu(), origin, dataset, features, {sample.id: k for k, sample in enumerate(samples)})
    empty = WorkPixels(np.empty((0, 3, 0, 0), np.uint8), np.empty(0))
    return frozen, RunData(dataset, splits, empty, np.empty((0, 3, 0, 0), np.uint8), lists, structure)


def head_of(model: nn.Module, drop: float) -> nn.Module:
    """The classifier of `model`, a linear one with its dropout."""
    classifier = model.get_submodule(classifier_name(model))
    return nn.Sequential(nn.Dropout(drop), classifier) if isinstance(classifier, nn.Linear) else classifier


def in_one_order(splits: Splits, hashes: dict[str, list[str]]) -> tuple[list[Sample], list[str]]:
    """Every sample by id, and its hash: the same however the data are cut, so that features are kept once."""
    pairs = [pair for name, samples in splits.named().items() for pair in zip(samples, hashes[name], strict=True)]
    pairs.sort(key=lambda pair: pair[0].id)
    return [sample for sample, _ in pairs], [digest for _, digest in pairs]


def few_photos(dataset: Dataset) -> list[str]:
    """A sentence that names the classes of under 100 photos, if any (arXiv 2509.04800, dataset curation)."""
    few = [f"{label.code} {count}" for label, count in zip(dataset.labels, dataset.counts(), strict=True)
           if count < FEW_PHOTOS]  # fmt: skip
    if not few:
        return []
    return [f"classes of fewer than {FEW_PHOTOS} photos, which the paper leaves out: {', '.join(few)}; their recall "
            "rests on a handful of photos"]  # fmt: skip
