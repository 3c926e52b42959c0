"""A MobileNetV2 in .npz form: convolutions in network order, batch norms folded into them.

Each is `convNN_w` float32 [out, in / groups, k, k] and `convNN_b` [out], NN from 00; the last is the classifier, its
weights [K, C, 1, 1]. Such a file comes from a TFLite model, so it has TensorFlow's padding (the odd pixel at the bottom
and right) and pixels as (x - 127.5) / 127.5: arch `mobilenetv2_100_same`, mean and std 0.5.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from edge_app.runtime.errors import CheckpointError

READ_ERRORS = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError)
ARCH = "mobilenetv2_100_same"


def read_folded(path: Path, model: nn.Module, arch: str) -> dict[str, torch.Tensor]:
    """The state dict that makes `model` (timm's MobileNetV2) the one in `path`.

    A batch norm becomes the bias: mean 0, and the variance that with its epsilon is 1. CheckpointError for
    another architecture or a file that is cut short or none.
    """
    if arch.partition("+")[0] != ARCH:
        raise CheckpointError(f"initial weights {path}: .npz files are for {ARCH}, not {arch}; set model.arch={ARCH}")
    layers = read_layers(path)
    pairs = convolutions(model)
    if len(layers) != len(pairs) + 1:
        raise CheckpointError(f"initial weights {path} hold {len(layers)} convolutions; {arch} has {len(pairs) + 1}")
    state: dict[str, torch.Tensor] = {}
    for (name, norm), (weight, bias) in zip(pairs, layers[:-1], strict=True):
        state |= {f"{name}.weight": weight, **plain_norm(model.get_submodule(norm), norm, bias)}
    weight, bias = layers[-1]
    return state | {"classifier.weight": weight.flatten(1), "classifier.bias": bias}


def read_layers(path: Path) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weight and bias of each convolution, in order."""
    try:
        with np.load(path, allow_pickle=False) as file:
            count = sum(name.endswith("_w") for name in file.files)
            arrays = [(file[f"conv{k:02}_w"], file[f"conv{k:02}_b"]) for k in range(count)]
        layers = [(torch.from_numpy(w.astype(np.float32)), torch.from_numpy(b.astype(np.float32))) for w, b in arrays]
    except READ_ERRORS as error:
        raise CheckpointError(f"initial weights {path} cannot be read: cut short, or no convNN_w, convNN_b") from error
    if not layers or any(w.ndim != 4 or b.shape != w.shape[:1] for w, b in layers):
        raise CheckpointError(f"initial weights {path}: convNN_w must be [out, in, k, k], convNN_b [out]")
    return layers


def convolutions(model: nn.Module) -> list[tuple[str, str]]:
    """Names of each convolution and of the batch norm behind it, in network order, which is timm's order of modules."""
    convs = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    norms = [name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)]
    return list(zip(convs, norms, strict=True))


def plain_norm(norm: nn.Module, name: str, bias: torch.Tensor) -> dict[str, torch.Tensor]:
    """A batch norm that, in eval mode, adds `bias` and does nothing else."""
    one = torch.ones_like(bias)
    return {
        f"{name}.weight": one,
        f"{name}.bias": bias,
        f"{name}.running_mean": torch.zeros_like(bias),
        f"{name}.running_var": one - float(norm.eps),
    }
