"""A run made without training: a network with random weights, and photos sorted by what it says of them.

The float model is right on every photo then, by construction, so whatever a file loses shows in full.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from edge_app.runtime.card import FitRule
from edge_app.runtime.labels import KNOWN
from train.checkpoint import KEY, PREFIX, Description
from train.data.sample import sha256_of
from train.data.spec import open_data
from train.data.splits import split
from train.models.create import build

ARCH = "mobilevitv2_050"
CODES = ("bcc", "nv", "mel")
RULE = FitRule(side_px=64, resize_px=64)
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
SEED = 5
DRAWN = 150
# Photos between two classes would change sides by rounding alone.
MARGIN_MIN = 1.0


@dataclass(frozen=True)
class TinyRun:
    """A checkpoint and the data that it says it was trained on."""

    checkpoint: Path
    data: str


def write_tiny_run(root: Path) -> TinyRun:
    """Photos in `root`/photos/{train,val,test}/<class>, and `root`/best.ckpt that knows those splits."""
    rng = np.random.default_rng(SEED)
    images = np.stack([draw(rng) for _ in range(DRAWN)])
    model = network(images)
    write_photos(root / "photos", images, logits_of(model, images))
    data = f"folder:{root / 'photos'}"
    dataset = open_data(data)
    described = Description(
        arch=ARCH, labels=dataset.labels, fit=RULE, mean=MEAN, std=STD, training_data="invented photos",
        licence="MIT (generated)", splits=lists_of(data),
    )  # fmt: skip
    assert {label.code for label in dataset.labels} == set(CODES)
    state = {PREFIX + name: tensor for name, tensor in model.state_dict().items()}
    torch.save({KEY: described.to_json(), "state_dict": state}, root / "best.ckpt")
    return TinyRun(root / "best.ckpt", data)


def draw(rng: np.random.Generator) -> np.ndarray:
    """A coloured patch with a coloured disk on it, uint8 [S, S, 3]."""
    y, x = np.mgrid[: RULE.side_px, : RULE.side_px] / RULE.side_px
    centre, radius = rng.uniform(0.3, 0.7, 2), rng.uniform(0.1, 0.4)
    disk = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2)[..., None]
    ground, spot = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    return np.clip(np.where(disk, spot, ground) + rng.normal(0, 6, (*x.shape, 3)), 0, 255).astype(np.uint8)


def network(images: np.ndarray) -> torch.nn.Module:
    """Random weights, batch norms that know `images`, and a head that spreads them over the classes.

    The head looks along three directions, 120 degrees apart, in the plane of the two largest principal components.
    """
    torch.manual_seed(SEED)
    model = build(ARCH, len(CODES))
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = None
            # timm starts the last norm of a residual branch at 0, which would leave the branch without numbers.
            torch.nn.init.uniform_(norm.weight, 0.5, 1.0)
        model.train()
        model(normalised(images))
        features = model.eval().forward_features(normalised(images)).mean((2, 3)).double()
        centre = features.mean(0)
        _, _, axes = torch.linalg.svd(features - centre, full_matrices=False)
        plane = axes[:2]
        plane = plane / ((features - centre) @ plane.T).std(0)[:, None]
        angles = torch.tensor([0.0, 2.0, 4.0], dtype=torch.float64) * torch.pi / 3
        weight = 3.0 * torch.stack([angles.cos(), angles.sin()], 1) @ plane
        model.head.fc.weight.copy_(weight.float())
        model.head.fc.bias.copy_((-weight @ centre).float())
    return model.eval()


def normalised(images: np.ndarray) -> torch.Tensor:
    """Network input [N, 3, S, S]."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
    return (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def logits_of(model: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    """Logits [N, K]."""
    with torch.inference_mode():
        return np.asarray(model(normalised(images)).numpy())


def write_photos(folder: Path, images: np.ndarray, logits: np.ndarray) -> None:
    """PNG files by split and answer; the model's labels stand in the order of `KNOWN`."""
    codes = [code for code in KNOWN if code in CODES]
    top = np.sort(logits, axis=1)
    clear = np.flatnonzero(top[:, -1] - top[:, -2] > MARGIN_MIN)
    for turn, i in enumerate(clear):
        place = folder / ("train", "val", "test")[turn % 3] / codes[int(logits[i].argmax())]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[i]).save(place / f"{i:04d}.png")


def lists_of(data: str, scheme: str = "") -> dict[str, Any]:
    """The content of splits.json, of data cut by `scheme`."""
    dataset = open_data(data)
    return {
        "schema_version": 1,
        "data": data,
        "seed": SEED,
        "data_sha256": "0" * 64,
        "splits": {
            name: {
                "ids": [sample.id for sample in samples],
                "photos": [sha256_of(sample)[:16] for sample in samples],
                "groups": [hashlib.sha256(sample.group.encode()).hexdigest()[:16] for sample in samples],
            }
            for name, samples in split(dataset, SEED, scheme).named().items()
        },
    }
