"""Networks that answer with linear layers on pooled features and nothing else, as BatchFormer and frozen features need.

Most of timm's do. Some have a norm in front of the linear layer, a convolution in its place, or two classifiers: their
features, taken before the classifier, would be trained for a network that is not the one evaluated.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from edge_app.runtime.errors import ConfigError
from train.models.architectures import classifier_name

TOLERANCE = 1e-3
# What a network raises whose parts do not fit together, or that takes no `pre_logits`.
PART_ERRORS = (RuntimeError, TypeError, AttributeError, NotImplementedError)


def features_in(model: nn.Module) -> int:
    """Features that the classifier takes; ConfigError where it is not linear."""
    classifier = model.get_submodule(classifier_name(model))
    linear = [part for part in classifier.modules() if isinstance(part, nn.Linear)]
    if not linear:
        raise ConfigError(f"the classifier of {type(model).__name__} is no linear layer; {advice()}")
    return int(linear[0].in_features)


def check_linear_head(model: nn.Module, arch: str, side_px: int, user: str) -> None:
    """ConfigError, naming the `user` that needs it, unless the classifier on pooled features is the whole network.

    Tried on a photo of noise, on a copy whose batch norms are no identity (fresh ones are, and would not show).
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        tried = copy.deepcopy(model).eval()
        for norm in tried.modules():
            if isinstance(norm, _BatchNorm) and norm.running_mean is not None:
                norm.running_mean.normal_(std=0.5)
        image = torch.rand(1, 3, side_px, side_px)
        try:
            features = tried.forward_head(tried.forward_features(image), pre_logits=True)
            parts, whole = tried.get_submodule(classifier_name(tried))(features), tried(image)
            same = parts.shape == whole.shape and torch.allclose(parts, whole, rtol=TOLERANCE, atol=TOLERANCE)
        except PART_ERRORS:
            same = False
    if not same:
        raise ConfigError(
            f"{user} needs a network that ends in a linear layer on pooled features; model.arch {arch} has something "
            f"else there (a norm, a convolution, a second classifier); {advice()}"
        )


def advice() -> str:
    """What to do instead."""
    return "take another network, as resnet18, convnext_atto or mobilenetv3_small_050"
