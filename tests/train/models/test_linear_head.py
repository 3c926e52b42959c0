"""Which networks are a linear layer on pooled features, and which only look like it."""

from __future__ import annotations

import pytest
import torch

from edge_app.runtime.errors import ConfigError
from train.models.create import build
from train.models.linear_head import check_linear_head, features_in


@pytest.mark.parametrize(
    ("arch", "side_px", "width"),
    [("resnet10t", 64, 512), ("mobilenetv3_small_050+fc16", 64, 1024), ("test_vit", 160, 64)],
)
def test_linear_heads_are_known_by_what_they_answer(arch: str, side_px: int, width: int) -> None:
    model = build(arch, 3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    check_linear_head(model, arch, side_px, "model.frozen")
    assert features_in(model) == width
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training


# A norm before the linear layer, which is the identity in a fresh network; a convolution; two linear layers.
@pytest.mark.parametrize(("arch", "side_px"), [("efficientvit_m0", 224), ("dla46_c", 64), ("swiftformer_xs", 224)])
def test_other_heads_are_refused_with_the_reason(arch: str, side_px: int) -> None:
    with pytest.raises(ConfigError) as caught:
        check_linear_head(build(arch, 3), arch, side_px, "objective.kind batch_former")
    assert f"needs a network that ends in a linear layer on pooled features; model.arch {arch} has" in str(caught.value)


def test_a_convolution_has_no_features_and_takes_no_hidden_layer() -> None:
    with pytest.raises(ConfigError, match="the classifier of DLA is no linear layer; take another network"):
        features_in(build("dla46_c", 3))
    for arch in ("dla46_c+fc16", "deit_tiny_distilled_patch16_224+fc16"):
        with pytest.raises(ConfigError, match=r"is no one linear layer; drop the \+fc16 of model.arch"):
            build(arch, 3)
