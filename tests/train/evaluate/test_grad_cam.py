"""Grad-CAM of a head that is a mean and a linear map is that map on the features, up to scale."""

from __future__ import annotations

import numpy as np
import torch

from edge_app.runtime.card import FitRule
from edge_app.runtime.labels import label
from train.checkpoint import TrainedModel
from train.evaluate.grad_cam import grad_cam, overlay
from train.models.create import build


def test_grad_cam_is_the_class_activation_map_when_the_head_is_linear() -> None:
    torch.manual_seed(0)
    module = build("mobilevitv2_050", 3).eval().requires_grad_(False)
    trained = TrainedModel(
        module=module, arch="mobilevitv2_050", labels=(label("nv"), label("mel"), label("bcc")),
        fit=FitRule(side_px=64, resize_px=72), mean=(0.5,) * 3, std=(0.25,) * 3, sha256="", run_dir=None, splits=None,
        training_data="", licence="",
    )  # fmt: skip
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
