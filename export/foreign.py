"""Classifiers trained elsewhere: any timm state dict, with the name of its architecture and a list of its classes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from timm.data import resolve_model_data_config
from torch import nn

from edge_app.runtime.card import FILTERS, FitRule
from edge_app.runtime.errors import CheckpointError, ConfigError
from export.labels_file import read_labels
from train.checkpoint import TrainedModel, file_sha256
from train.torch_files import READ_ERRORS, torch_content

# What timm raises on a side that a network cannot take.
BUILD_ERRORS = (AssertionError, RuntimeError, ValueError, TypeError)
# Under which trainers keep the weights, best first; and what wrappers put before their names.
STATE_KEYS = ("state_dict_ema", "model_ema", "state_dict", "model")
PREFIXES = ("module.", "model.", "_orig_mod.")


def load_foreign(
    checkpoint: Path,
    arch: str,
    labels_file: Path,
    *,
    side_px: int | None = None,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
) -> TrainedModel:
    """The timm model `arch` with the weights in `checkpoint` (.pth, .pt, .safetensors) and the classes in a file.

    Side, crop, filter, mean and std are those that timm states for the architecture, or those given: `side_px` a
    square, `mean` and `std` of colours in 0..1. Raises, in one line each, CheckpointError for weights that do not fit
    or are none, LabelError for the list, ConfigError for `arch` or a side that it cannot take.
    """
    labels = read_labels(Path(labels_file))
    if not timm.is_model(arch):
        raise ConfigError(f"--arch {arch!r} is no timm model; for example efficientnet_b0 or resnet50")
    module = build(arch, len(labels), side_px)
    fill(module, read_state(Path(checkpoint)), Path(checkpoint), arch)
    config = resolve_model_data_config(module)
    return TrainedModel(
        module=module.requires_grad_(False), arch=arch, labels=labels, fit=fit_rule(config, arch, side_px),
        mean=tuple(mean or config["mean"]), std=tuple(std or config["std"]), sha256=file_sha256(Path(checkpoint)),
        run_dir=None, splits=None, training_data="unknown: the checkpoint was trained elsewhere",
        licence="unknown: ask whoever trained it",
        provenance={"foreign": True, "file": Path(checkpoint).name, "timm": timm.__version__},
    )  # fmt: skip


def build(arch: str, classes: int, side_px: int | None) -> nn.Module:
    """The network without weights, in eval mode; one that is made for one side is made for `side_px`."""
    fixed = bool(timm.get_pretrained_cfg_value(arch, "fixed_input_size"))
    size = {"img_size": side_px} if fixed and side_px is not None else {}
    try:
        return timm.create_model(arch, pretrained=False, num_classes=classes, **size).eval()
    except BUILD_ERRORS as error:
        raise ConfigError(f"{arch} cannot be built at --side {side_px} ({error}); leave --side out") from error


def fit_rule(config: dict[str, Any], arch: str, side_px: int | None = None) -> FitRule:
    """timm's evaluation preprocessing as the card's rule: the short side to side / crop, then the middle."""
    _, height, width = config["input_size"]
    if side_px is None and height != width:
        raise CheckpointError(f"{arch} takes {width}x{height} px; allowed are square inputs: name one with --side")
    filter_name = config["interpolation"] if config["interpolation"] in FILTERS else "bicubic"
    side = side_px or height
    return FitRule(side_px=side, resize_px=math.floor(side / config["crop_pct"]), filter=filter_name)


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The float32 state dict in `path`, without the prefixes of wrappers."""
    if not path.is_file():
        raise CheckpointError(f"checkpoint {path} does not exist; give a .pth, .pt or .safetensors state dict")
    try:
        content = load_file(path) if path.suffix == ".safetensors" else torch_content(path)
    except READ_ERRORS as error:
        raise CheckpointError(
            f"checkpoint {path} is no state dict, or cut short ({type(error).__name__}); save"
            " model.state_dict(), not the model"
        ) from error
    state = content
    if isinstance(content, dict):
        state = next((content[key] for key in STATE_KEYS if isinstance(content.get(key), dict)), content)
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise CheckpointError(f"checkpoint {path} holds no state dict; save model.state_dict() of a timm model")
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def fill(module: nn.Module, state: dict[str, torch.Tensor], path: Path, arch: str) -> None:
    """Load `state`, which has to fit to the last tensor."""
    own = module.state_dict()
    wrong = [name for name, value in state.items() if name not in own or own[name].shape != value.shape]
    missing = [name for name in own if name not in state and not name.endswith("num_batches_tracked")]
    heads = [name for name in wrong if name in own and own[name].shape[1:] == state[name].shape[1:]]
    if heads and not missing and len(heads) == len(wrong):
        raise CheckpointError(
            f"checkpoint {path} has {len(state[heads[0]])} classes, the labels file {len(own[heads[0]])}; "
            f"list the classes in the order of the outputs"
        )
    if wrong or missing:
        raise CheckpointError(
            f"checkpoint {path} is not {arch}: {len(wrong)} tensors do not fit, {len(missing)} are missing "
            f"(first: {(wrong + missing)[0]}); check --arch"
        )
    module.load_state_dict(state, strict=False)
