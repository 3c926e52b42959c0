"""Logit adjustment (Menon et al. 2021, arXiv 2007.07314); with tau 1 it is the balanced softmax (Ren et al. 2020)."""

from __future__ import annotations

import numpy as np
import torch


def offsets(counts: np.ndarray, tau: float) -> torch.Tensor:
    """tau * log(N_y / N) of each class, float32 [K]: added to the logits in training only (eq. 10 there).

    Answers without it then favour rare classes as if all were equally frequent. `counts` int [K], each 1 or more.
    """
    return torch.tensor(tau * np.log(counts / counts.sum()), dtype=torch.float32)
