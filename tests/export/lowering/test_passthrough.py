"""Other timm networks: equal to timm in double precision, no batch norm left, and honest about their heads."""

from __future__ import annotations

import pytest
import torch

from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from tests.export.lowering.random_models import planes_of, random_image, reference_logits, trained_model

# Side 65 makes TF's SAME padding uneven; resnetv2 and densenet have norms without a convolution of their own before.
LINEAR = [
    ("resnet18", 64, {}),
    ("efficientnet_b0", 64, {}),
    ("tf_efficientnet_b0", 65, {}),
    ("mobilenetv2_050", 64, {}),
    ("resnetv2_50", 64, {"layers": (1, 1), "channels": (64, 128)}),
    ("vit_tiny_patch16_224", 64, {"img_size": 64, "depth": 2, "global_pool": "avg", "fc_norm": False}),
    ("mobilevit_xxs", 64, {}),
]
NOT_LINEAR = [
    ("mobilenetv3_small_050", 64, {}),
    ("vit_tiny_patch16_224", 64, {"img_size": 64, "depth": 2}),
    ("convnext_atto", 64, {"depths": (1, 1, 1, 1)}),
    ("repvit_m0_9", 64, {}),
    ("efficientvit_m0", 64, {"img_size": 64}),
    ("levit_128s", 224, {}),
    ("test_vit", 64, {}),
]
# A weight standardised as it is used, and a position table resized for each photo.
COMPUTED_WEIGHTS = [("test_nfnet", 64, {}), ("test_vit", 64, {})]


def answers(arch: str, side_px: int, options: dict[str, object], layout: str):
    """timm's logits, the lowered model's outputs at temperature 2, and the graph inside."""
    trained = trained_model(arch, side_px, **options)
    trained.module.double()
    image = random_image(side_px)
    lowered = lower(trained, temperature=2.0, layout=layout)
    with torch.no_grad():
        found = lowered(image if layout == "nhwc" else planes_of(image))
        return reference_logits(trained, image), found, graph_of(lowered)


def graph_of(lowered: torch.nn.Module) -> torch.fx.Graph:
    """The graph of the features, whatever stands around it."""
    return next(module for module in lowered.modules() if isinstance(module, torch.fx.GraphModule)).graph


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize(("arch", "side_px", "options"), LINEAR + NOT_LINEAR)
def test_lower_equals_timm_in_double_precision(arch, side_px, options, layout):
    expected, found, graph = answers(arch, side_px, options, layout)
    assert (2.0 * found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()
    ops = {str(node.target) for node in graph.nodes}
    assert not [name for name in ops if "batch_norm" in name or "sym_size" in name]
    if (arch, side_px, options) in LINEAR:
        assert found["cam"].ndim == 4 and found["cam"].shape[3] == 7
        torch.testing.assert_close(found["cam"].mean(dim=(1, 2)), found["logits"], rtol=1e-9, atol=1e-12)
    else:
        assert set(found) == {"logits"}


@pytest.mark.parametrize(("arch", "side_px", "options"), COMPUTED_WEIGHTS)
def test_what_depends_on_weights_alone_is_computed_once(arch, side_px, options):
    expected, found, graph = answers(arch, side_px, options, "nhwc")
    assert (2.0 * found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()
    calls = [node for node in graph.nodes if node.op == "call_function"]
    assert all(
        any(source.op != "get_attr" for source in node.all_input_nodes) for node in calls if node.all_input_nodes
    )
    assert not [node for node in calls if "upsample" in str(node.target)]


def test_image_scale_is_folded_into_the_stem_when_a_convolution_reads_the_image():
    _, _, graph = answers("tf_efficientnet_b0", 65, {}, "nhwc")
    calls = [node for node in graph.nodes if node.op == "call_function"]
    assert [str(node.target) for node in calls[:2]] == ["aten.pad.default", "aten.conv2d.default"]


def test_attention_has_at_most_four_axes():
    trained = trained_model("vit_tiny_patch16_224", 64, img_size=64, depth=1)
    graph = graph_of(lower(trained, temperature=1.0))
    assert max(node.meta["val"].ndim for node in graph.nodes if "val" in node.meta) == 4


def test_lower_leaves_the_trained_model_as_it_was():
    trained = trained_model("vit_tiny_patch16_224", 64, img_size=64, depth=1)
    before = {name: value.clone() for name, value in trained.module.state_dict().items()}
    lower(trained, temperature=1.0)
    after = trained.module.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_lower_refuses_in_one_line_when_the_model_takes_another_side():
    with pytest.raises(ConversionError, match=r"cannot follow the model at \[1, 3, 96, 96\]") as refusal:
        lower(trained_model("vit_tiny_patch16_224", 96, img_size=64, depth=1), temperature=1.0)
    assert "\n" not in str(refusal.value)
