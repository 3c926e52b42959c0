"""Networks by name: timm's, those of this project, either with a hidden layer in the head (`ARCH+fc256`), and vision
transformers with more tasks (`ARCH+dermimit`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import timm
from torch import nn

from edge_app.runtime.errors import ConfigError
from train.models.shades_of_gray import SHADES, with_even_colours

# Name -> the function that builds it: (classes, drop) -> network with timm's forward_features and forward_head.
OWN = {
    "mobilenetv2_100_same": "train.models.mobilenetv2_same:mobilenetv2_100_same",
    "vgg16_cbam": "train.models.vgg16_cbam:vgg16_cbam",
    "vit_mini_patch16_128": "train.models.vit_mini:vit_mini_patch16_128",
}
# Ours that are built by (classes, drop, structure).
STRUCTURED = {"vgg16_cbam_lstm": "train.models.vgg16_cbam_lstm:vgg16_cbam_lstm"}
# The timm network whose ImageNet weights are part of one of ours, and what their names there begin with.
PRETRAINED_PARTS = {"vgg16_cbam": ("vgg16", "features."), "vgg16_cbam_lstm": ("vgg16", "features.")}
HEAD = re.compile(r"(?P<arch>.+)\+fc(?P<units>[1-9][0-9]{0,3})")
DERMIMIT = "+dermimit"


def network(
    arch: str, classes: int, *, drop: float = 0.0, structure: Mapping[str, Any] | None = None
) -> nn.Module:  # fmt: skip
    """An untrained network; ConfigError for a name that is none. `structure` (train/structure.py) is what it is beyond
    its name and classes.
    """
    structure = structure or {}
    if structure.get("colour") == SHADES:
        plain = {key: value for key, value in structure.items() if key != "colour"}
        bare = network(arch, classes, drop=drop, structure=plain)
        return with_even_colours(bare, structure["mean"], structure["std"])
    if arch.endswith(DERMIMIT):
        from train.models.dermimit import DermImitFormer

        return DermImitFormer(network(arch.removesuffix(DERMIMIT), 0), classes, drop, structure)
    match = HEAD.fullmatch(arch)
    if match is not None:
        return with_hidden_layer(network(match["arch"], classes), int(match["units"]), classes, drop)
    if arch in OWN or arch in STRUCTURED:
        module, _, function = (OWN | STRUCTURED)[arch].partition(":")
        more = (structure,) if arch in STRUCTURED else ()
        built: nn.Module = getattr(import_module(module), function)(classes, drop, *more)
        return built
    if not timm.is_model(arch):
        own = ", ".join(OWN | STRUCTURED)
        raise ConfigError(
            f"model.arch {arch!r} is no timm model; for example mobilevitv2_050 or mobilevitv2_100; ours: {own}; "
            "ARCH+fc256 for a hidden layer of 256 in the head"
        )
    return timm.create_model(arch, pretrained=False, num_classes=classes, drop_rate=drop)


def pretrained_name(arch: str) -> str | None:
    """The timm network whose ImageNet weights fit the backbone of `arch`; None where there is none."""
    match = HEAD.fullmatch(arch)
    plain = arch.removesuffix(DERMIMIT) if match is None else match["arch"]
    return None if plain in OWN | STRUCTURED else plain


def fixed_side(arch: str) -> int | None:
    """The only side in pixels that the network `arch` takes; None where it takes others, too."""
    name = pretrained_name(arch)
    config = timm.get_pretrained_cfg(name) if name else None
    return int(config.input_size[-1]) if config and config.fixed_input_size else None


def with_hidden_layer(model: nn.Module, units: int, classes: int, drop: float) -> nn.Module:
    """`model` with FC -> ReLU -> dropout -> FC for its linear classifier (arXiv 2509.04800, classification head)."""
    name = classifier_name(model)
    linear = model.get_submodule(name)
    if not isinstance(linear, nn.Linear) or len(classifier_names(model)) > 1:
        raise ConfigError(
            f"the head of {type(model).__name__} is no one linear layer; drop the +fc{units} of model.arch"
        )
    head = nn.Sequential(nn.Linear(linear.in_features, units), nn.ReLU(), nn.Dropout(drop), nn.Linear(units, classes))
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, head)
    return model


def classifier_name(model: nn.Module) -> str:
    """Name of the classifier's module in the network, the first where there are several."""
    return classifier_names(model)[0]


def classifier_names(model: nn.Module) -> list[str]:
    """Names of the classifiers that the network has; a second one may be told of that it was built without."""
    config: dict[str, Any] = getattr(model, "pretrained_cfg", {})
    names = config.get("classifier", "head.fc")
    told, modules = [names] if isinstance(names, str) else list(names), dict(model.named_modules())
    return [name for name in told if name in modules] or told[:1]
