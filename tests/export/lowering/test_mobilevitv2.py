"""The rewrite of MobileViTv2 is exact: in double precision it equals timm to rounding, at every width."""

from __future__ import annotations

import pytest
import torch

from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from tests.export.lowering.random_models import (
    MEAN,
    STD,
    planes_of,
    random_image,
    random_planes,
    reference_logits,
    trained_model,
)

WIDTHS = ("050", "075", "100", "125", "150", "175", "200")


@pytest.mark.parametrize("width", WIDTHS)
def test_lower_equals_timm_in_double_precision(width):
    trained = trained_model(f"mobilevitv2_{width}", side_px=64)
    trained.module.double()
    image = random_image(64)
    expected = reference_logits(trained, image)
    with torch.no_grad():
        found = lower(trained, temperature=1.0)(image)["logits"]
    assert (found - expected).abs().max() < 1e-9 * expected.abs().max()


@pytest.mark.parametrize(("width", "side_px"), [("050", 64), ("075", 128), ("100", 192)])
def test_lower_equals_timm_in_double_precision_when_pixels_are_rows(width, side_px):
    trained = trained_model(f"mobilevitv2_{width}", side_px=side_px, seed=7)
    trained.module.double()
    image = random_image(side_px)
    expected = reference_logits(trained, image)
    with torch.no_grad():
        found = lower(trained, temperature=1.0, layout="rows")(image)
    assert (found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()
    assert (found["cam"].mean(dim=(1, 2)) - expected).abs().max() < 1e-9 * expected.abs().max()


@pytest.mark.parametrize(("side_px", "mean", "std"), [(128, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), (192, MEAN, STD)])
def test_lower_equals_timm_when_side_and_normalisation_vary(side_px, mean, std):
    trained = trained_model("mobilevitv2_050", side_px=side_px, mean=mean, std=std, seed=3)
    trained.module.double()
    image = random_image(side_px)
    expected = reference_logits(trained, image)
    with torch.no_grad():
        found = lower(trained, temperature=1.0)(image)
    assert (found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()
    assert found["cam"].shape == (1, side_px // 32, side_px // 32, 7)


@pytest.mark.parametrize("side_px", [64, 128])
def test_lower_equals_timm_when_channels_come_first(side_px):
    trained = trained_model("mobilevitv2_050", side_px=side_px, seed=5)
    trained.module.double()
    image = random_image(side_px)
    expected = reference_logits(trained, image)
    with torch.no_grad():
        found = lower(trained, temperature=1.0, layout="nchw")(planes_of(image).double())
    assert (found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()
    assert (found["cam"].mean(dim=(1, 2)) - expected).abs().max() < 1e-9 * expected.abs().max()


@pytest.mark.parametrize(("layout", "given"), [("nhwc", random_image), ("rows", random_image), ("nchw", random_planes)])
def test_lower_stays_at_four_axes_when_traced(layout, given):
    module = lower(trained_model("mobilevitv2_050", side_px=128), temperature=1.0, layout=layout)
    program = torch.export.export(module, (given(128),))
    tensors = [node.meta["val"] for node in program.graph.nodes if isinstance(node.meta.get("val"), torch.Tensor)]
    assert max(tensor.ndim for tensor in tensors) == 4


def test_lower_divides_by_the_temperature():
    trained = trained_model("mobilevitv2_050", side_px=64)
    image = random_image(64)
    with torch.no_grad():
        plain, cooled = (lower(trained, temperature=t)(image) for t in (1.0, 2.5))
    assert torch.allclose(plain["logits"], 2.5 * cooled["logits"], atol=1e-5)
    assert torch.allclose(plain["cam"], 2.5 * cooled["cam"], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_lower_refuses_when_temperature_is_not_positive(temperature):
    with pytest.raises(ConversionError, match="temperature"):
        lower(trained_model("mobilevitv2_050", side_px=64), temperature=temperature)


def test_lower_refuses_when_layout_is_unknown():
    with pytest.raises(ConversionError, match="'chwn'.*nhwc"):
        lower(trained_model("mobilevitv2_050", side_px=64), temperature=1.0, layout="chwn")


@pytest.mark.parametrize("side_px", [32, 100, 224, 250, 260])
def test_lower_refuses_in_one_line_when_side_is_no_multiple_of_64(side_px):
    trained = trained_model("mobilevitv2_050", side_px=side_px)
    with pytest.raises(ConversionError, match=f"{side_px} px.*multiples of 64") as refusal:
        lower(trained, temperature=1.0)
    assert "\n" not in str(refusal.value)
