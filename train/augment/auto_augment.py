"""AutoAugment with its policy for ImageNet (Cubuk et al. 2019, arXiv 1805.09501, appendix A), torchvision's.

Each photo gets one of 25 sub-policies: two operations, each done with its own probability at its own strength. What
torchvision draws as it goes is drawn here for a whole epoch, so that a photo's change depends on seed and index alone.
"""

from __future__ import annotations

import numpy as np
import torch
from torchvision.transforms import AutoAugment

SUB_POLICIES = 25


class Drawn(AutoAugment):
    """torchvision's, with the numbers that it is given: the sub-policy, two chances in 0..1, two signs (0: minus)."""

    numbers: tuple[int, torch.Tensor, torch.Tensor]

    def get_params(self, transform_num: int) -> tuple[int, torch.Tensor, torch.Tensor]:  # type: ignore[override]
        """The numbers."""
        return self.numbers


def draw_policies(rng: np.random.Generator, chosen: np.ndarray) -> np.ndarray:
    """float32 [N, 5]: sub-policy, two chances in 0..1, two signs; the sub-policy is -1 where `chosen` is not."""
    count = len(chosen)
    numbers = np.where(chosen, rng.integers(SUB_POLICIES, size=count), -1)
    chances, signs = rng.uniform(size=(count, 2)), rng.integers(2, size=(count, 2))
    return np.concatenate([numbers[:, None], chances, signs], axis=1).astype(np.float32)


def auto_augment(photos: torch.Tensor, policies: torch.Tensor) -> torch.Tensor:
    """`photos` float [B, 3, S, S] in 0..255, each changed as `policies` [B, 5] say; changed ones have whole values."""
    changed, operation = photos.clone(), Drawn()
    for k, row in enumerate(policies.cpu()):
        if row[0] >= 0:
            operation.numbers = (int(row[0]), row[1:3], row[3:5])
            changed[k] = operation(photos[k].round().clamp(0, 255).to(torch.uint8)).float()
    return changed
