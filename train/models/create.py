"""timm networks with the class count of the data, and the weights that they start from."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from torch import nn

from edge_app.runtime.errors import CheckpointError, ConfigError
from train.models.architectures import DERMIMIT, PRETRAINED_PARTS, classifier_name, network, pretrained_name
from train.models.folded_npz import read_folded
from train.progress import say
from train.torch_files import READ_ERRORS, torch_content

# What timm, the hub and their transports raise when weights cannot be had.
DOWNLOAD_ERRORS = (OSError, RuntimeError, ValueError, ImportError)
# What a run's checkpoint puts before the names of its network's weights.
PREFIX = "objective.model."
INIT_ADVICE = "name a timm state dict with --init FILE, or start from random weights with --init none"


def build(
    arch: str, classes: int, *, drop: float = 0.0, structure: Mapping[str, Any] | None = None
) -> nn.Module:  # fmt: skip
    """An untrained network; ConfigError for a name that neither timm nor this project knows."""
    return network(arch, classes, drop=drop, structure=structure)


def create(
    arch: str, classes: int, *, pretrained: bool, init: str | None, drop: float = 0.0,
    structure: Mapping[str, Any] | None = None,
) -> tuple[nn.Module, str]:  # fmt: skip
    """The network to train and one line that says where its weights come from.

    `init` is a state dict file, "none", or None for what `pretrained` says (timm's ImageNet weights).
    """
    model = build(arch, classes, drop=drop, structure=structure)
    if init is None and pretrained:
        return model, load_pretrained(model, arch)
    if init is None or init == "none":
        return model, "random weights"
    return model, load_init(model, Path(init), arch)


def load_pretrained(model: nn.Module, arch: str) -> str:
    """Fill `model` with timm's ImageNet weights; ConfigError where they cannot be had, as offline."""
    part = PRETRAINED_PARTS.get(arch)
    name = part[0] if part else pretrained_name(arch)
    if name is None:
        raise ConfigError(f"there are no ImageNet weights of {arch} to fetch; {INIT_ADVICE}")
    say(f"fetching ImageNet weights of {name} (or taking them from the cache)")
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its retries would fill the screen
    try:
        source = timm.create_model(name, pretrained=True)
    except DOWNLOAD_ERRORS as error:
        reason = f"{type(error).__name__}; offline?"
        raise ConfigError(f"ImageNet weights of {arch} could not be fetched ({reason}); {INIT_ADVICE}") from error
    if arch.endswith(DERMIMIT):
        return fill_branches(model, source.state_dict(), f"timm {name}", name)
    if part:
        fill_part(model, source.state_dict(), part[1])
        return f"ImageNet weights of timm {name} in {part[1].removesuffix('.')}, the rest random"
    note = fill(model, source.state_dict(), f"timm {name}", arch)
    return f"ImageNet weights of timm {name}{note}"


def load_init(model: nn.Module, path: Path, arch: str) -> str:
    """Fill `model` from a state dict file (.safetensors, .pth or .pt), or from folded convolutions (.npz)."""
    refuse_missing(path)
    state = read_folded(path, model, arch) if path.suffix == ".npz" else read_state(path)
    if arch.endswith(DERMIMIT) and not any(key.startswith("branches.") for key in state):
        return fill_branches(model, state, path.name, arch.removesuffix(DERMIMIT))
    note = fill(model, state, str(path), arch)
    return f"weights of {path.name}{note}"


def refuse_missing(path: Path) -> None:
    """CheckpointError where there are no initial weights at `path`."""
    if not path.is_file():
        raise CheckpointError(f"initial weights {path} do not exist; {INIT_ADVICE}")


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The state dict in `path`; CheckpointError for anything else."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch_content(path)
    except READ_ERRORS as error:
        raise CheckpointError(f"initial weights {path} cannot be read: cut short, or none; {INIT_ADVICE}") from error
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise CheckpointError(f"initial weights {path} hold no state dict of tensors; {INIT_ADVICE}")
    network_of_run = {name.removeprefix(PREFIX): v for name, v in state.items() if name.startswith(PREFIX)}
    return network_of_run or state


def fill(model: nn.Module, state: dict[str, torch.Tensor], name: str, arch: str) -> str:
    """Load `state`, leaving out a head of another class count; returns a note about that."""
    own = model.state_dict()
    head = head_prefix(model)
    dropped = [k for k in state if k.startswith(head) and (k not in own or state[k].shape != own[k].shape)]
    kept = {k: v for k, v in state.items() if k not in dropped}
    wrong = [k for k in kept if k not in own or kept[k].shape != own[k].shape]
    missing = [k for k in own if k not in kept and not k.startswith(head) and not k.endswith("num_batches_tracked")]
    if wrong or missing:
        raise CheckpointError(f"{name} is not {arch}: {len(wrong)} tensors do not fit, {len(missing)} are missing "
                              f"(first: {(wrong + missing)[0]}); {INIT_ADVICE}")  # fmt: skip
    model.load_state_dict(kept, strict=False)
    return f", without its head of {len(state[dropped[0]])} classes" if dropped else ""


def fill_part(model: nn.Module, state: dict[str, torch.Tensor], prefix: str) -> None:
    """Load the tensors of `state` whose names begin with `prefix`: all that `model` has under it."""
    part = model.get_submodule(prefix.removesuffix("."))
    part.load_state_dict({key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)})


def fill_branches(model: nn.Module, state: dict[str, torch.Tensor], name: str, arch: str) -> str:
    """Load the transformer `arch` from `state`, its last block for every task; returns what was done."""
    backbone = network(arch, 2)
    fill(
        backbone, {key: value for key, value in state.items() if not key.startswith(head_prefix(backbone))}, name, arch
    )
    model.take_backbone(backbone)
    return f"weights of {name} in the transformer, the rest random"


def head_prefix(model: nn.Module) -> str:
    """Name of the classifier layer in the state dict."""
    return classifier_name(model) + "."
