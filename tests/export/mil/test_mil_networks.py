"""Whole networks from timm, converted as they stand and executed: what torch says, the executor says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn

from export.mil.backend import open_mil_backend
from export.targets import coreml

SIDE_PX = 64
# Architectures whose ops differ: clips, depthwise; fifth axes, splits, tiles; layer norm, exact GELU; gates, SiLU.
NETWORKS = ("mobilenetv2_050", "mobilevitv2_050", "convnext_atto", "efficientnet_lite0")


class Photographed(nn.Module):
    """A timm network with pixels 0..255 in and, of its answers, logits out."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"logits": self.network(image / 64.0 - 2.0)}


@pytest.mark.parametrize("arch", NETWORKS)
def test_network_answers_as_in_torch(arch: str, ct: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Photographed(timm.create_model(arch, num_classes=5).eval()).eval()
    image = np.random.default_rng(0).integers(0, 256, size=(SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    with torch.no_grad():
        wanted = module(torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32)))["logits"][0].numpy()
    size = np.abs(wanted).max()
    for scheme, precision, share in [("fp32", "fp32", 1e-5), ("fp16", "fp32", 1e-2), ("fp16", "fp16", 2e-2)]:
        out = tmp_path / f"{scheme}.mlpackage"
        coreml.convert(module, side_px=SIDE_PX, scheme=scheme, calibration=None, out=out)
        found = open_mil_backend(out, precision).run(image).logits
        np.testing.assert_allclose(found, wanted, atol=share * size, err_msg=f"{scheme} file in {precision}")
