"""What the float model answers for a data set, from the very pixels that the phone would see."""

from __future__ import annotations

import numpy as np
import torch

from edge_app.runtime import photo
from train.checkpoint import TrainedModel
from train.data.sample import Dataset, photo_of
from train.progress import track

BATCH_SIZE = 32


def float_logits(trained: TrainedModel, dataset: Dataset, temperature: float = 1.0) -> np.ndarray:
    """Logits float32 [N, K] of every sample, in order, divided by `temperature`."""
    rows = []
    starts = list(range(0, len(dataset.samples), BATCH_SIZE))
    for start in track(starts, "answers of the float model"):
        samples = dataset.samples[start : start + BATCH_SIZE]
        images = np.stack([photo.fit(photo_of(s, trained.fit.resize_px), trained.fit) for s in samples])
        rows.append(logits_of(trained, images))
    return np.concatenate(rows) / np.float32(temperature)


def logits_of(trained: TrainedModel, images: np.ndarray) -> np.ndarray:
    """Logits float32 [B, K] of fitted photos uint8 [B, S, S, 3]."""
    with torch.inference_mode():
        return trained.module(normalised(trained, images)).float().numpy()


def normalised(trained: TrainedModel, images: np.ndarray) -> torch.Tensor:
    """Fitted photos uint8 [B, S, S, 3] as the network takes them: float32 [B, 3, S, S]."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    mean, std = torch.tensor(trained.mean).view(3, 1, 1), torch.tensor(trained.std).view(3, 1, 1)
    return ((pixels / 255.0 - mean) / std).to(memory_format=torch.channels_last)
