"""Networks by name: timm's, those of this project, and either with a hidden layer in the head (`ARCH+fc256`)."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import timm
from torch import nn

from edge_app.runtime.errors import ConfigError

# Name -> the function that builds it: (classes, drop) -> network with timm's forward_features and forward_head.
OWN = {
    "mobilenetv2_100_same": "train.models.mobilenetv2_same:mobilenetv2_100_same",
    "vgg16_cbam": "train.models.vgg16_cbam:vgg16_cbam",
}
# The timm network whose ImageNet weights are part of one of ours, and what their names there begin with.
PRETRAINED_PARTS = {"vgg16_cbam": ("vgg16", "features.")}
HEAD = re.compile(r"(?P<arch>.+)\+fc(?P<units>[1-9][0-9]{0,3})")


def network(arch: str, classes: int, *, drop: float = 0.0) -> nn.Module:
    """An untrained network; ConfigError for a name that is none."""
    match = HEAD.fullmatch(arch)
    if match is not None:
        return with_hidden_layer(network(match["arch"], classes), int(match["units"]), classes, drop)
    if arch in OWN:
        module, _, function = OWN[arch].partition(":")
        built: nn.Module = getattr(import_module(module), function)(classes, drop)
        return built
    if not timm.is_model(arch):
        own = ", ".join(OWN)
        raise ConfigError(
            f"model.arch {arch!r} is no timm model; for example mobilevitv2_050 or mobilevitv2_100; ours: {own}; "
            "ARCH+fc256 for a hidden layer of 256 in the head"
        )
    return timm.create_model(arch, pretrained=False, num_classes=classes, drop_rate=drop)


def pretrained_name(arch: str) -> str | None:
    """The timm network whose ImageNet weights fit the backbone of `arch`; None where there is none."""
    match = HEAD.fullmatch(arch)
    plain = arch if match is None else match["arch"]
    return None if plain in OWN else plain


def with_hidden_layer(model: nn.Module, units: int, classes: int, drop: float) -> nn.Module:
    """`model` with FC -> ReLU -> dropout -> FC for its linear classifier (arXiv 2509.04800, classification head)."""
    name = classifier_name(model)
    linear = model.get_submodule(name)
    if not isinstance(linear, nn.Linear):
        raise ConfigError(f"the head of {type(model).__name__} is no linear layer; drop the +fc{units} of model.arch")
    head = nn.Sequential(nn.Linear(linear.in_features, units), nn.ReLU(), nn.Dropout(drop), nn.Linear(units, classes))
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, head)
    return model


def classifier_name(model: nn.Module) -> str:
    """Name of the classifier's module in the network."""
    config: dict[str, Any] = getattr(model, "pretrained_cfg", {})
    name = config.get("classifier", "head.fc")
    return str(name if isinstance(name, str) else name[0])
