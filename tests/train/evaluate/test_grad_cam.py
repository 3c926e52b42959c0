"""Grad-CAM of a head that is a mean and a linear map is that map on the features, up to scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CheckpointError
from edge_app.runtime.labels import label
from train.checkpoint import TrainedModel
from train.evaluate.grad_cam import as_maps, grad_cam, overlay
from train.models.create import build


def untrained(arch: str, side_px: int) -> TrainedModel:
    """A network of three classes with random weights."""
    return TrainedModel(
        module=build(arch, 3).eval().requires_grad_(False), arch=arch, labels=(label("nv"), label("mel"), label("bcc")),
        fit=FitRule(side_px=side_px, resize_px=side_px), mean=(0.5,) * 3, std=(0.25,) * 3, sha256="", run_dir=None,
        splits=None, training_data="", licence="",
    )  # fmt: skip


def test_grad_cam_is_the_class_activation_map_when_the_head_is_linear() -> None:
    torch.manual_seed(0)
    trained = untrained("mobilevitv2_050", 64)
    module = trained.module
    images = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
    logits, maps = grad_cam(trained, images, np.array([2, 0]))
    pixels = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    features = module.forward_features(pixels)
    expected = torch.relu(torch.einsum("bchw,bc->bhw", features, module.head.fc.weight[[2, 0]]))
    expected = expected / expected.amax(dim=(1, 2), keepdim=True)
    assert np.allclose(maps, expected.numpy(), atol=1e-4)
    assert np.allclose(logits, module(pixels).numpy(), atol=1e-4)


def test_overlay_colours_where_the_map_is_strong() -> None:
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 1.0
    out = overlay(np.full((64, 64, 3), 128, np.uint8), heat).astype(int)
    assert np.abs(out[4, 4] - 128).sum() > 2 * np.abs(out[60, 60] - 128).sum()


@pytest.mark.parametrize(
    ("arch", "side_px", "cells"),
    [("mobilevit_xxs", 64, 2), ("swin_tiny_patch4_window7_224", 224, 7), ("vit_tiny_patch16_224", 224, 14),
     ("resnet18", 64, 2)],
)  # fmt: skip
def test_grad_cam_follows_the_layout_of_the_network(arch: str, side_px: int, cells: int) -> None:
    torch.manual_seed(0)
    trained = untrained(arch, side_px)
    images = np.random.default_rng(0).integers(0, 255, (1, side_px, side_px, 3), dtype=np.uint8)
    logits, maps = grad_cam(trained, images, None)
    assert maps.shape == (1, cells, cells) and maps.min() >= 0 and maps.max() in (0.0, pytest.approx(1.0))
    pixels = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    assert np.allclose(logits, trained.module(pixels).numpy(), atol=1e-4)


def test_swin_map_is_worked_out_from_its_last_tokens() -> None:
    # Its head is a mean over places and a linear map, so the weights of channels are those of the head.
    torch.manual_seed(1)
    trained = untrained("swin_tiny_patch4_window7_224", 224)
    images = np.random.default_rng(1).integers(0, 255, (1, 224, 224, 3), dtype=np.uint8)
    _, maps = grad_cam(trained, images, np.array([1]))
    pixels = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    tokens = trained.module.forward_features(pixels)
    expected = torch.relu(torch.einsum("bhwc,c->bhw", tokens, trained.module.head.fc.weight[1]))
    assert np.allclose(maps, (expected / expected.amax()).numpy(), atol=1e-4)


def test_features_of_an_unknown_layout_are_refused() -> None:
    with pytest.raises(CheckpointError, match=r"are \[1, 5, 8\]; Grad-CAM needs"):
        as_maps(torch.nn.Identity(), torch.zeros(1, 5, 8))
