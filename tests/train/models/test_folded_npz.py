"""Folded weights: the network that they make answers as the file's own layers do, one after another."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from edge_app.runtime.errors import CheckpointError
from train.models.architectures import network
from train.models.create import create
from train.models.folded_npz import ARCH, convolutions, read_layers

SIDE_PX = 64
REAL = Path(os.environ.get("DERMEDGE_DATA", "")) / "weights" / "mobilenetv2_100_dequant_fp32.npz"
# Expansion, channels, repeats, first stride of each stage (Sandler et al. 2018, table 2).
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def same(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, stride: int) -> torch.Tensor:
    """TensorFlow's SAME convolution: the larger half of the padding at the bottom and the right."""
    kernel = weight.shape[-1]
    total = max((-(-x.shape[-1] // stride) - 1) * stride + kernel - x.shape[-1], 0)
    before, after = total // 2, total - total // 2
    groups = x.shape[1] // weight.shape[1]
    return functional.conv2d(functional.pad(x, (before, after, before, after)), weight, bias, stride, groups=groups)


def reference(path: Path, x: torch.Tensor) -> torch.Tensor:
    """Logits by the layers of the file alone, as the paper's table puts them together."""
    layers = iter(read_layers(path))

    def conv(x: torch.Tensor, stride: int = 1, clip: bool = True) -> torch.Tensor:
        y = same(x, *next(layers), stride)
        return y.clamp(0, 6) if clip else y

    x = conv(x, 2)
    for expansion, channels, repeats, first in STAGES:
        for repeat in range(repeats):
            stride = first if repeat == 0 else 1
            y = conv(conv(x) if expansion > 1 else x, stride)
            y = conv(y, clip=False)
            x = x + y if stride == 1 and x.shape[1] == channels else y
    x = conv(x).mean((2, 3), keepdim=True)
    return same(x, *next(layers), 1).flatten(1)


def write(path: Path, classes: int) -> Path:
    """A file of the same layout, random values, 1001 being `classes` here."""
    rng, arrays = np.random.default_rng(1), {}
    model = network(ARCH, classes)
    shapes = [tuple(model.get_submodule(name).weight.shape) for name, _ in convolutions(model)]
    for number, shape in enumerate([*shapes, (classes, 1280, 1, 1)]):
        arrays[f"conv{number:02}_w"] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
        arrays[f"conv{number:02}_b"] = rng.normal(0, 0.1, shape[0]).astype(np.float32)
    np.savez(path, **arrays)
    return path


def photos() -> torch.Tensor:
    return torch.rand(2, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_network_answers_as_the_files_layers_do(tmp_path: Path) -> None:
    path = write(tmp_path / "weights.npz", 11)
    model, origin = create(ARCH, 11, pretrained=True, init=str(path))
    assert origin == "weights of weights.npz"
    with torch.no_grad():
        expected, found = reference(path, photos()), model.eval()(photos())
    assert expected.std() > 0.1
    assert (found - expected).abs().max() < 1e-3


def test_head_of_another_class_count_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "weights.npz", 11)
    for arch in (ARCH, f"{ARCH}+fc16"):
        model, origin = create(arch, 3, pretrained=True, init=str(path))
        assert origin == "weights of weights.npz, without its head of 11 classes"
        assert model.eval()(photos()).shape == (2, 3)


@pytest.mark.skipif(not REAL.is_file(), reason="DERMEDGE_DATA holds no ImageNet weights")
def test_real_weights_answer_as_their_layers_do_at_the_side_that_they_were_trained_at() -> None:
    model, _ = create(ARCH, 1001, pretrained=True, init=str(REAL))
    x = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        assert (model.eval()(x) - reference(REAL, x)).abs().max() < 1e-3


def test_create_refuses_a_network_with_other_padding_or_a_file_that_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "weights.npz", 11)
    with pytest.raises(CheckpointError, match="npz files are for mobilenetv2_100_same, not mobilenetv2_100; set"):
        create("mobilenetv2_100", 3, pretrained=True, init=str(path))
    np.savez(tmp_path / "short.npz", conv00_w=np.zeros((2, 3, 3, 3)), conv00_b=np.zeros(2))
    with pytest.raises(CheckpointError, match="hold 1 convolutions; mobilenetv2_100_same has 53"):
        create(ARCH, 3, pretrained=True, init=str(tmp_path / "short.npz"))
    np.savez(tmp_path / "flat.npz", conv00_w=np.zeros((2, 3)), conv00_b=np.zeros(2))
    with pytest.raises(CheckpointError, match=r"convNN_w must be \[out, in, k, k\]"):
        create(ARCH, 3, pretrained=True, init=str(tmp_path / "flat.npz"))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_layers_or_a_checkpoint_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("npz") / "weights.npz"
    path.write_bytes(b"PK\x03\x04" + content if len(content) % 2 else content)
    with pytest.raises(CheckpointError, match="cannot be read|must be"):
        read_layers(path)
