"""Elastic deformation: photos pulled about by a smooth random field (Simard et al. 2003, section 2).

The field is drawn on a coarse grid and interpolated, where Simard smooths a fine one: a cell of the grid is what his
sigma is. arXiv 2601.00286 deforms only photos of classes with fewer than 2,000.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional


def draw_fields(rng: np.random.Generator, chosen: np.ndarray, reach: float, cells: int) -> np.ndarray:
    """Displacements in sides of the photo, float32 [N, 2, cells, cells]: x and y, normal with deviation `reach`.

    0 where `chosen` bool [N] is false, and at the grid's border, so that no edge is pulled inwards.
    """
    fields = np.zeros((len(chosen), 2, cells, cells), np.float32)
    fields[chosen, :, 1:-1, 1:-1] = rng.normal(0.0, reach, (int(chosen.sum()), 2, cells - 2, cells - 2))
    return fields


def deform(photos: torch.Tensor, fields: torch.Tensor) -> torch.Tensor:
    """`photos` float [B, 3, S, S] with `fields` [B, 2, c, c] applied: a pixel comes from where its field points."""
    size = [len(photos), photos.shape[1], photos.shape[2], photos.shape[3]]
    identity = torch.eye(2, 3, device=photos.device).expand(len(photos), 2, 3)
    grid = functional.affine_grid(identity, size, align_corners=False)
    smooth = functional.interpolate(fields, size=size[2:], mode="bicubic", align_corners=True)
    # A side is 2 long in the grid's units.
    moved = grid + 2.0 * smooth.permute(0, 2, 3, 1)
    return functional.grid_sample(photos, moved, padding_mode="reflection", align_corners=False)


def rare(labels: np.ndarray, below: int) -> np.ndarray:
    """Whether each sample is of a class with fewer than `below` training photos, bool [N]; 0 means all."""
    if below == 0:
        return np.ones(len(labels), bool)
    return (np.bincount(labels) < below)[labels]
