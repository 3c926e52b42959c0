"""The optimizers that a recipe can name."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from train.sections import Optimizer


def optimizer_of(parameters: Iterable[nn.Parameter], config: Optimizer) -> torch.optim.Optimizer:
    """AdamW, Adam or SGD with Nesterov's momentum on those of `parameters` that are to be learnt."""
    learnt = [parameter for parameter in parameters if parameter.requires_grad]
    if config.kind == "sgd":
        return torch.optim.SGD(
            learnt, lr=config.lr, momentum=config.momentum, nesterov=True, weight_decay=config.weight_decay
        )
    kind = torch.optim.AdamW if config.kind == "adamw" else torch.optim.Adam
    return kind(learnt, lr=config.lr, weight_decay=config.weight_decay)
