"""The rewrite of Swin is exact, and holds nothing that converters choke on."""

from __future__ import annotations

import pytest
import torch

from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from tests.export.lowering.random_models import planes_of, random_image, random_planes, reference_logits, trained_model

TINY = "swin_tiny_patch4_window7_224"
# Three stages of 28, 14 and 7 cells: many windows with a shift, four, and a single one.
SMALL = {"img_size": 112, "embed_dim": 32, "depths": (2, 2, 2), "num_heads": (1, 2, 4)}

# No gather, no roll, no op on a shape.
ALLOWED = {"to", "reshape", "permute", "transpose", "narrow", "cat", "linear", "matmul", "softmax", "gelu"}
ALLOWED |= {"add", "sub", "mul", "mean", "rsqrt"}


def random_swin(arch: str = TINY, side_px: int = 112, **options: object):
    """Random in every parameter: timm starts biases at zero and position tables near it."""
    trained = trained_model(arch, side_px, **(options or SMALL))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in trained.module.named_parameters():
            if "norm" not in name and (name.endswith("bias") or name.endswith("table")):
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    trained.module.double()
    return trained


def relative_difference(trained, layout: str = "nhwc") -> float:
    """Largest difference of the lowered model's logits to timm's, over the largest of timm's."""
    image = random_image(trained.fit.side_px)
    expected = reference_logits(trained, image)
    with torch.no_grad():
        given = planes_of(image) if layout == "nchw" else image
        found = lower(trained, temperature=1.0, layout=layout)(given)["logits"]
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_lower_equals_timm_when_every_parameter_is_random(layout):
    assert relative_difference(random_swin(), layout) < 1e-9


def test_lower_equals_timm_when_a_single_window_is_shifted():
    assert relative_difference(random_swin(always_partition=True, **SMALL)) < 1e-9


def test_lower_equals_timm_when_bias_is_absent_and_window_is_4():
    options = {"img_size": 64, "window_size": 4, "embed_dim": 32, "depths": (2, 2), "num_heads": (2, 2)}
    assert relative_difference(random_swin(side_px=64, qkv_bias=False, **options)) < 1e-9


@pytest.mark.slow
def test_lower_equals_timm_at_its_published_size():
    assert relative_difference(random_swin(TINY, 224, img_size=224)) < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(("arch", "depths"), [("small", (1, 1, 3, 1)), ("base", (1, 2, 1, 1))])
def test_lower_equals_timm_when_small_and_base_have_fewer_blocks(arch, depths):
    assert relative_difference(random_swin(f"swin_{arch}_patch4_window7_224", 224, depths=depths)) < 1e-9


@pytest.mark.parametrize(("layout", "given"), [("nhwc", random_image), ("nchw", random_planes)])
def test_logits_are_the_mean_of_cam_over_its_cells(layout, given):
    trained = random_swin()
    with torch.no_grad():
        found = lower(trained, temperature=1.7, layout=layout)(given(112))
    assert found["cam"].shape == (1, 7, 7, 7)
    torch.testing.assert_close(found["cam"].mean(dim=(1, 2)), found["logits"], rtol=1e-12, atol=1e-12)


def test_lowered_graph_has_rank_4_no_gather_and_no_integer_op():
    trained = random_swin()
    trained.module.float()
    traced = torch.export.export(lower(trained, temperature=1.0), (random_image(112),))
    calls = [node for node in traced.graph.nodes if node.op == "call_function"]
    calls = [node for node in calls if "_assert" not in str(node.target)]
    assert max(node.meta["val"].ndim for node in calls) == 4
    assert {str(node.target).split(".")[1] for node in calls} == ALLOWED


def test_lower_refuses_in_one_line_when_a_map_does_not_divide_into_windows():
    trained = random_swin(side_px=128, **{**SMALL, "img_size": 128})
    with pytest.raises(ConversionError, match=r"32x32 map does not divide into 7x7 windows; .*224") as refusal:
        lower(trained, temperature=1.0)
    assert "\n" not in str(refusal.value)


def test_lower_refuses_in_one_line_when_a_map_is_odd_before_a_merge():
    trained = random_swin(side_px=28, **{**SMALL, "img_size": 28, "depths": (1, 1), "num_heads": (1, 2)})
    with pytest.raises(ConversionError, match="7x7 map cannot be merged"):
        lower(trained, temperature=1.0)


def test_lower_refuses_when_the_card_names_another_side():
    trained = trained_model(TINY, 224, **SMALL)
    with pytest.raises(ConversionError, match="224 px"):
        lower(trained, temperature=1.0)


def test_lower_refuses_when_the_head_does_not_average():
    with pytest.raises(ConversionError, match="average pooling"):
        lower(trained_model(TINY, 112, global_pool="max", **SMALL), temperature=1.0)
