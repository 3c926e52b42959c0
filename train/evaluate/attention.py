"""What a network with attention looks at, as pictures: networks that have `looks` name their maps themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from train.checkpoint import TrainedModel
from train.evaluate.answers import normalised
from train.evaluate.grad_cam import overlay
from train.evaluate.plots import INK, save

PHOTOS = 8


def draw_attention(trained: TrainedModel, images: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Each fitted photo uint8 [N, S, S, 3] in a row with its maps, each from 0 to its own maximum."""
    images, labels = images[:PHOTOS], labels[:PHOTOS]
    with torch.no_grad():
        looks = [(name, maps.numpy()) for name, maps in trained.module.looks(normalised(trained, images))]
    codes = [label.code for label in trained.labels]
    size = (1.6 * (1 + len(looks)), 1.75 * len(images))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(images), 1 + len(looks), squeeze=False)
    for axis in grid.flat:
        axis.axis("off")
    for row, image in enumerate(images):
        grid[row, 0].imshow(image)
        grid[row, 0].set_title(codes[labels[row]], fontsize=8, color=INK)
        for column, (name, maps) in enumerate(looks, start=1):
            heat = maps[row] / max(float(maps[row].max()), 1e-8)
            grid[row, column].imshow(overlay(image, heat))
            grid[row, column].set_title(name, fontsize=8, color=INK)
    save(figure, path)
