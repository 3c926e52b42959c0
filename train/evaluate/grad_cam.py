"""Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2) on the last feature map of any timm network, and a picture of it."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from edge_app.runtime.errors import CheckpointError
from train.checkpoint import TrainedModel
from train.evaluate.metrics import softmax
from train.evaluate.plots import INK, save

COLUMNS = 4
OPACITY = 0.55


def grad_cam(trained: TrainedModel, images: np.ndarray, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Logits float32 [B, K] and maps float32 [B, h, w] in 0..1 of `classes` int [B], for fitted photos [B, S, S, 3].

    `classes` None means each photo's answer. Channel weights are the mean gradients of the class logit; negative
    evidence is cut off (ReLU).
    """
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
    mean, std = torch.tensor(trained.mean).view(3, 1, 1), torch.tensor(trained.std).view(3, 1, 1)
    with torch.no_grad():
        features = trained.module.forward_features((pixels - mean) / std)
    features = features.detach().requires_grad_(True)
    logits = trained.module.forward_head(features)
    wanted = logits.argmax(1) if classes is None else torch.from_numpy(classes)
    chosen = logits[torch.arange(len(images)), wanted]
    (gradient,) = torch.autograd.grad(chosen.sum(), features)
    layers, slopes = as_maps(trained.module, features.detach()), as_maps(trained.module, gradient)
    maps = torch.relu((slopes.mean(dim=(2, 3), keepdim=True) * layers).sum(dim=1))
    peak = maps.amax(dim=(1, 2), keepdim=True).clamp_min(1e-8)
    return logits.detach().numpy(), (maps / peak).numpy()


def as_maps(module: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """What `forward_features` gives as [B, C, h, w], by the layouts that timm networks use.

    Convolutional and MobileViT networks give that; Swin gives [B, h, w, C] and says so (`output_fmt`); plain vision
    transformers give tokens [B, P + h * w, C], P of them (`num_prefix_tokens`) for the class and no place.
    """
    if features.ndim == 4:
        return features.permute(0, 3, 1, 2) if str(getattr(module, "output_fmt", "NCHW")) == "NHWC" else features
    if features.ndim == 3:
        tokens = features[:, int(getattr(module, "num_prefix_tokens", 0)) :]
        side = math.isqrt(tokens.shape[1])
        if side * side == tokens.shape[1]:
            return tokens.transpose(1, 2).reshape(len(tokens), tokens.shape[2], side, side)
    raise CheckpointError(
        f"features of {type(module).__name__} are {list(features.shape)}; Grad-CAM needs [B, C, h, w],"
        " [B, h, w, C] or a square of tokens"
    )


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Photo uint8 [S, S, 3] with map [h, w] laid over it in colour, most where the map is strong: uint8 [S, S, 3]."""
    side = image.shape[0]
    smooth = Image.fromarray(heat.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(smooth), 0, 1)
    colour = matplotlib.colormaps["turbo"](strength)[..., :3] * 255
    share = (OPACITY * (0.25 + 0.75 * strength))[..., None]
    return (image * (1 - share) + colour * share).astype(np.uint8)


def gallery(trained: TrainedModel, images: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """One photo after another beside its map for the answered class; wrong answers are titled in red."""
    codes = [label.code for label in trained.labels]
    logits, maps = grad_cam(trained, images, None)
    answers, probabilities = logits.argmax(1), softmax(logits)
    rows = -(-len(images) // COLUMNS)
    figure = Figure(figsize=(2 * COLUMNS * 1.55, rows * 1.85), layout="constrained")
    grid = figure.subplots(rows, 2 * COLUMNS, squeeze=False)
    for axis in grid.flat:
        axis.axis("off")
    for i in range(len(images)):
        row, column = divmod(i, COLUMNS)
        photo_axis, map_axis = grid[row, 2 * column], grid[row, 2 * column + 1]
        photo_axis.imshow(images[i])
        photo_axis.set_title(f"{codes[labels[i]]}", fontsize=8, color=INK)
        map_axis.imshow(overlay(images[i], maps[i]))
        colour = INK if answers[i] == labels[i] else "#b3261e"
        map_axis.set_title(f"{codes[answers[i]]} {probabilities[i, answers[i]]:.2f}", fontsize=8, color=colour)
    save(figure, path)
