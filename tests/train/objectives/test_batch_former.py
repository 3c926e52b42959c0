"""BatchFormer: photos see one another in training, and not at all afterwards."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from edge_app.runtime.errors import ConfigError
from train.models.create import build
from train.objectives.batch_former import BatchFormer
from train.objectives.plain import Plain

SIDE_PX = 32


def images(count: int = 4) -> torch.Tensor:
    return torch.randn(count, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def objective() -> BatchFormer:
    torch.manual_seed(0)
    return BatchFormer(build("mobilevitv2_050", 3), functional.cross_entropy, heads=4, dropout=0.0)


def test_trained_network_is_the_plain_one_when_the_encoder_is_left_out(objective: BatchFormer) -> None:
    plain = build("mobilevitv2_050", 3)
    plain.load_state_dict(objective.model.state_dict())
    labels = torch.tensor([0, 1, 2, 0])
    with torch.no_grad():
        found = objective.eval()(images(), labels)
        expected = Plain(plain, functional.cross_entropy).eval()(images(), labels)
    assert torch.equal(found.logits, expected.logits)
    assert torch.equal(found.loss, expected.loss)


def test_loss_is_that_of_both_streams_under_one_classifier(objective: BatchFormer) -> None:
    for part in objective.model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
    objective.training = True
    labels = torch.tensor([0, 1, 2, 0])
    out = objective(images(), labels)
    model = objective.model
    features = model.forward_head(model.forward_features(images()), pre_logits=True)
    mixed = objective.encoder(features.unsqueeze(1)).squeeze(1)
    fc = model.get_classifier()
    expected = 0.5 * sum(functional.cross_entropy(fc(part), labels) for part in (features, mixed))
    assert out.loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(out.logits, fc(features), atol=1e-6)


class Given(nn.Module):
    """Features as they are given, and a classifier that passes them on."""

    pretrained_cfg = {"classifier": "fc"}  # noqa: RUF012 (as timm's networks say it)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2, bias=False)
        nn.init.eye_(self.fc.weight)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images

    def forward_head(self, features: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        return features


def test_loss_of_two_photos_by_hand() -> None:
    # Photos (1, -1) and (3, -3). Without queries and keys, attention is the mean of the batch, (2, -2); with the photo
    # (3, -3) and (5, -5), which the norms make (1, -1) for both. Cross-entropies of the first class: log(1 + e**-2) for
    # the first photo and twice for the other stream, log(1 + e**-6) for the second photo.
    objective = BatchFormer(Given(), functional.cross_entropy, heads=1, dropout=0.0)
    encoder = objective.encoder
    with torch.no_grad():
        for part in (encoder.self_attn.in_proj_weight, encoder.linear1.weight, encoder.linear2.weight):
            part.zero_()
        for bias in (encoder.linear1.bias, encoder.linear2.bias):
            bias.zero_()
        encoder.self_attn.in_proj_weight[4:] = torch.eye(2)
        encoder.self_attn.out_proj.weight.copy_(torch.eye(2))
    out = objective(torch.tensor([[1.0, -1.0], [3.0, -3.0]]), torch.tensor([0, 0]))
    assert out.loss.item() == pytest.approx((3 * 0.126928 + 0.002476) / 4, abs=1e-5)
    assert out.logits.tolist() == [[1.0, -1.0], [3.0, -3.0]]


def test_gradients_of_one_photos_loss_reach_the_others_through_the_encoder_alone(objective: BatchFormer) -> None:
    features = torch.randn(4, 256, requires_grad=True)
    objective.encoder.eval()(features[:, None])[0, 0, 0].backward()
    assert features.grad is not None
    assert bool((features.grad[1:].abs().sum(1) > 0).all())


def test_heads_that_do_not_divide_the_features_are_refused() -> None:
    with pytest.raises(ConfigError, match="objective.heads 7 does not divide the 256 features"):
        BatchFormer(build("mobilevitv2_050", 3), functional.cross_entropy, heads=7, dropout=0.0)
