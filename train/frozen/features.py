"""What a frozen network says of each photo before its classifier: computed once and kept beside the decoded photos."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import nn

from edge_app.runtime.card import FitRule
from train.data import pixel_cache
from train.data.pixels import decode_for_model
from train.data.sample import Sample
from train.models.architectures import classifier_name
from train.models.linear_head import features_in
from train.progress import say, track

BATCH_SIZE = 64


def features_of(
    model: nn.Module, samples: list[Sample], hashes: list[str], *, rule: FitRule, mean: tuple[float, ...],
    std: tuple[float, ...], device: str, structure: Mapping[str, Any],
) -> np.ndarray:  # fmt: skip
    """Features float32 [N, D] of the photos as the phone fits them, from the cache where they are.

    The network is in eval mode: batch norms keep the statistics that they came with. `hashes` are the photos'. The key
    covers the photos, the rule, the colours, every weight but the classifier's, and `structure` (train/structure.py):
    what the network does without weights.
    """
    described = {"features": backbone_sha256(model), "fit": asdict(rule), "mean": list(mean), "std": list(std)}
    key = pixel_cache.key_of(hashes, **described, structure=dict(structure))
    shapes: dict[str, tuple[int, ...]] = {"features": (len(samples), features_in(model))}
    found = pixel_cache.opened(key, shapes)
    if found is None:
        photos = decode_for_model(samples, rule, "whole", hashes)
        rows = answered(model, photos, mean, std, device)
        if pixel_cache.folder() is None:
            found = pixel_cache.in_memory(rows, ("features",), len(samples))
        else:
            found = pixel_cache.kept(key, rows, ("features",), len(samples))
            say(f"kept features of {len(samples)} photos in {pixel_cache.folder()}")
    return np.array(found["features"])


def answered(
    model: nn.Module, photos: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...], device: str
) -> Iterator[tuple[np.ndarray]]:
    """The features of one photo of uint8 [N, 3, S, S] after another: float32 [D]."""
    model = model.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    shift, scale = (torch.tensor(values, device=device).view(3, 1, 1) for values in (mean, std))
    for start in track(range(0, len(photos), BATCH_SIZE), "features"):
        pixels = torch.from_numpy(np.array(photos[start : start + BATCH_SIZE])).to(device).float()
        with torch.inference_mode():
            normalised = ((pixels / 255.0 - shift) / scale).to(memory_format=torch.channels_last)
            rows = model.forward_head(model.forward_features(normalised), pre_logits=True).float().cpu().numpy()
        yield from ((row,) for row in rows)


def backbone_sha256(model: nn.Module) -> str:
    """Hash of every weight and statistic outside the classifier."""
    whole, head = hashlib.sha256(type(model).__name__.encode()), classifier_name(model) + "."
    for name, tensor in model.state_dict().items():
        if not name.startswith(head):
            whole.update(name.encode())
            whole.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()
