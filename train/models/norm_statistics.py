"""Statistics for batch norms that have none of their own, so that weights of folded norms can be fine-tuned.

A folded norm (train/models/folded_npz.py) is right in eval mode and wrong in training mode, where it would normalise by
the batch what the weights were never normalised for. Given the statistics of real photos, both modes agree.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

Moments = dict[nn.BatchNorm2d, tuple[torch.Tensor, torch.Tensor]]


def bare_norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    """The batch norms that only add a bias: mean 0, and a variance that with its epsilon is 1."""
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    return [norm for norm in norms if is_bare(norm)]


def is_bare(norm: nn.BatchNorm2d) -> bool:
    """Whether `norm` has the statistics that folding leaves, not those of training nor the 0 and 1 of a fresh one."""
    mean, variance = norm.running_mean, norm.running_var
    return bool((mean == 0).all() and (variance == torch.ones_like(variance) - float(norm.eps)).all())


def give_statistics(model: nn.Module, images: torch.Tensor, batch_size: int = 32) -> int:
    """Give each bare norm of `model` the mean and variance of what reaches it from normalised `images` [N, 3, S, S].

    Scale and bias change with them, so that the answers in eval mode stay: from y = (x - m) / s * w + b with
    s = sqrt(v + eps) to the measured m', s': w' = w s' / s and b' = b + (m' - m) w / s. Returns how many norms.
    """
    norms = bare_norms(model)
    if not norms:
        return 0
    for norm, (mean, variance) in measured(model, norms, images, batch_size).items():
        with torch.no_grad():
            old, new = torch.sqrt(norm.running_var + norm.eps), torch.sqrt(variance + norm.eps)
            norm.bias += (mean - norm.running_mean) * norm.weight / old
            norm.weight *= new / old
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
    return len(norms)


def measured(model: nn.Module, norms: list[nn.BatchNorm2d], images: torch.Tensor, batch_size: int) -> Moments:
    """Mean and variance of each channel [C] over photos and places, in eval mode."""
    sums = {norm: torch.zeros(2, norm.num_features, dtype=torch.float64) for norm in norms}
    counts = dict.fromkeys(norms, 0)

    def add(norm: nn.BatchNorm2d, _: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        cells = inputs[0].double()
        sums[norm] += torch.stack([cells.sum((0, 2, 3)), cells.square().sum((0, 2, 3))])
        counts[norm] += cells.numel() // norm.num_features

    hooks = [norm.register_forward_pre_hook(partial(add, norm)) for norm in norms]
    training = model.training
    with torch.inference_mode():
        for part in images.split(batch_size):
            model.eval()(part)
    model.train(training)
    for hook in hooks:
        hook.remove()
    return {norm: moments(sums[norm] / counts[norm]) for norm in norms}


def moments(means: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance from the means of x and of x squared, [2, C]."""
    mean, square = means
    return mean.float(), (square - mean.square()).clamp_min(0.0).float()
