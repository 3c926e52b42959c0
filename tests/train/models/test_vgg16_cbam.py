"""CBAM by hand, and VGG-16's weights from where there are any."""

from __future__ import annotations

import math

import pytest
import timm
import torch

from train.models.cbam import Cbam
from train.models.create import build, create


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_cbam_weighs_channels_by_mean_and_maximum_then_places() -> None:
    block = Cbam(2)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
        block.shared[0].weight.copy_(torch.tensor([[1.0, 0.0]]))
        block.shared[2].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        block.place.weight[0, 1, 3, 3] = 1.0
    # One row of two places; channel 0 is 1 and 3: mean 2, maximum 3, so +5 for it and -5 for channel 1.
    cells = torch.tensor([[[[1.0, 3.0]], [[4.0, 0.0]]]])
    assert block.channel_weights(cells)[0].tolist() == pytest.approx([sigmoid(5), sigmoid(-5)], rel=1e-5)
    # Places: the maximum over channels of the refined map, sigmoid(5) and 3 sigmoid(5).
    refined = [sigmoid(5), 3 * sigmoid(5)]
    found = block(cells)[0, 0, 0].tolist()
    assert found == pytest.approx([value * sigmoid(value) for value in refined], rel=1e-5)


def test_network_answers_with_a_linear_layer_over_the_mean_of_its_map() -> None:
    torch.manual_seed(0)
    model = build("vgg16_cbam", 3, drop=0.5).eval()
    photos = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        cells = model.forward_features(photos)
        expected = cells.mean((2, 3)) @ model.fc.weight.T + model.fc.bias
        assert cells.shape == (2, 512, 2, 2)
        assert torch.allclose(model(photos), expected, atol=1e-6)


def test_convolutions_are_those_of_timms_vgg16_when_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(5)
    donor = timm.create_model("vgg16", pretrained=False, num_classes=0)
    fetch = timm.create_model
    monkeypatch.setattr(
        timm, "create_model",
        lambda name, pretrained=False, **options: donor if pretrained else fetch(name, pretrained=False, **options),
    )  # fmt: skip
    model, origin = create("vgg16_cbam", 3, pretrained=True, init=None)
    assert origin == "ImageNet weights of timm vgg16 in features, the rest random"
    assert torch.equal(model.features[0].weight, donor.features[0].weight)
