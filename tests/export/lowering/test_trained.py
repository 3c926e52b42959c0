"""The rewrite is exact on trained weights, too, whose numbers are less even than random ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from export.lowering import lower
from tests.export.lowering.random_models import planes_of, random_image, reference_logits
from train.checkpoint import load_checkpoint

HAM7_DEV = Path(__file__).resolve().parents[3] / "assets/checkpoints/ham7-dev.safetensors"


@pytest.mark.parametrize(("layout", "given"), [("nhwc", lambda image: image), ("nchw", planes_of)])
def test_lower_equals_timm_when_weights_are_trained(layout, given):
    trained = load_checkpoint(HAM7_DEV)
    trained.module.double()
    module = lower(trained, temperature=1.0, layout=layout)
    for seed in range(3):
        image = random_image(trained.fit.side_px, seed)
        expected = reference_logits(trained, image)
        with torch.no_grad():
            found = module(given(image))["logits"]
        assert (found - expected).abs().max() < 1e-9 * expected.abs().max()
