"""A checkpoint made without training: random features, and a head fitted to phantoms by ridge regression."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.labels import LABELS_14
from export.gate.photos import PhotoSet, decode
from train.checkpoint import KEY, PREFIX, Description
from train.data.sample import Dataset
from train.data.spec import open_data
from train.data.splits import split
from train.models.create import build

ARCH = "mobilevitv2_050"
RULE = FitRule(side_px=64, resize_px=72)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SEED = 5


def write_tiny_checkpoint(path: Path, data: str) -> Path:
    """Write a checkpoint of `ARCH` at 64 px for the data spelling `data` (phantoms), with its split lists."""
    torch.manual_seed(SEED)
    model = build(ARCH, len(LABELS_14)).eval()
    splits = split(open_data(data), SEED).named()
    dataset = open_data(data)
    sets = {name: decode(dataset.subset(samples, data), LABELS_14, RULE, name) for name, samples in splits.items()}
    fit_head(model, sets["train"])
    described = Description(
        arch=ARCH, labels=LABELS_14, fit=RULE, mean=MEAN, std=STD, training_data=data, licence="MIT (generated)",
        splits=lists_of(dataset, sets),
    )  # fmt: skip
    state = {PREFIX + name: tensor for name, tensor in model.state_dict().items()}
    torch.save({KEY: described.to_json(), "state_dict": state}, path)
    return path


def fit_head(model: torch.nn.Module, photos: PhotoSet) -> None:
    """Set batch norms to the photos' statistics and the head to the ridge solution for their classes."""
    pixels = torch.from_numpy(photos.images).permute(0, 3, 1, 2).float() / 255.0
    normalised = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.no_grad():
        for norm in [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]:
            norm.momentum = None
        model.train()
        model(normalised)
        model.eval()
        features = model.forward_features(normalised).mean((2, 3)).double()
        centre = features.mean(0)
        centred = features - centre
        targets = torch.eye(len(LABELS_14), dtype=torch.float64)[torch.from_numpy(photos.truth)]
        gram = centred.T @ centred
        ridge = gram + 1e-3 * gram.trace() / len(gram) * torch.eye(len(gram), dtype=torch.float64)
        weight = torch.linalg.solve(ridge, centred.T @ (targets - targets.mean(0))).T * 12.0
        model.head.fc.weight.copy_(weight.float())
        model.head.fc.bias.copy_((-weight @ centre).float())


def lists_of(dataset: Dataset, sets: dict[str, PhotoSet]) -> dict[str, Any]:
    """The content of splits.json."""
    return {
        "schema_version": 1,
        "data": dataset.spec,
        "seed": SEED,
        "data_sha256": hashlib.sha256(dataset.spec.encode()).hexdigest(),
        "splits": {
            name: {
                "ids": list(photos.ids),
                "photos": [digest[:16] for digest in photos.hashes],
                "groups": [hashlib.sha256(group.encode()).hexdigest()[:16] for group in photos.groups],
            }
            for name, photos in sets.items()
        },
    }


def right_share(logits: np.ndarray, truth: np.ndarray) -> float:
    """Accuracy."""
    return float(np.mean(logits.argmax(axis=1) == truth))
