"""SmoothQuant: the factors by hand, and networks that answer as before."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from export.lowering.frame import image_of
from export.quantize.smooth import factors, largest_of, pairs_of, smoothed
from tests.export.lowering.random_models import random_image, trained_model

SWIN = {"img_size": 64, "window_size": 4, "embed_dim": 32, "depths": (2, 2), "num_heads": (2, 2)}
NETWORKS = [("mobilevitv2_050", {}), ("swin_tiny_patch4_window7_224", SWIN)]
PHOTOS = [random_image(64, seed)[0].numpy() for seed in range(3)]


def lowered(arch: str, options: dict[str, object], layout: str) -> nn.Module:
    return lower(trained_model(arch, 64, **options), temperature=1.0, layout=layout)


def test_factors_are_those_of_equation_4_over_their_geometric_mean():
    # sqrt(8 / 2) = 2 and sqrt(2 / 4) = 0.7071; their geometric mean is sqrt(1.4142) = 1.1892.
    found = factors(torch.tensor([8.0, 2.0]), torch.tensor([2.0, 4.0]), 0.5)
    np.testing.assert_allclose(found, [1.6818, 0.5946], atol=1e-4)


def test_factors_are_one_when_a_channel_is_dead():
    found = factors(torch.tensor([0.0, 3.0, 5.0]), torch.tensor([2.0, 3.0, 0.0]), 0.5)
    np.testing.assert_allclose(found, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("layout", ["nhwc", "rows", "nchw"])
@pytest.mark.parametrize(("arch", "options"), NETWORKS)
def test_smoothed_answers_alike_and_spans_less_when_channels_differ(arch, options, layout):
    plain = lowered(arch, options, layout)
    with torch.no_grad():
        for pair in pairs_of(plain):
            pair.readers[0].weight[:, 0] = 0.0
    made = smoothed(plain, PHOTOS, 0.5)
    image = image_of(plain, random_image(64, 9)[0].numpy())
    expected, found = plain(image), made(image)
    for name in expected:
        torch.testing.assert_close(
            found[name], expected[name], rtol=1e-3, atol=1e-4 * float(expected[name].abs().max())
        )
    images = [image_of(plain, photo) for photo in PHOTOS]
    before, after = (largest_of(one, pairs_of(one), images) for one in (plain, made))
    assert all(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert any(float(b.max() / b.min()) > float(a.max() / a.min()) for b, a in zip(before, after, strict=True))


def test_smoothed_leaves_the_given_network_as_it_was():
    plain = lowered(*NETWORKS[0], "nhwc")
    before = {name: value.clone() for name, value in plain.state_dict().items()}
    smoothed(plain, PHOTOS, 0.7)
    assert plain.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in plain.state_dict().items())


def test_smoothed_refuses_when_a_reader_is_forgotten():
    plain = lowered(*NETWORKS[0], "nhwc")
    pair = next(pair for pair in pairs_of(plain) if len(pair.readers) == 3)
    object.__setattr__(pair, "readers", pair.readers[:1])
    with pytest.raises(ConversionError, match="smoothing changed the logits"):
        smoothed(plain, PHOTOS, 0.5)


def test_smoothed_refuses_when_there_is_no_norm():
    with pytest.raises(ConversionError, match="no norm"):
        smoothed(nn.Linear(3, 3), PHOTOS, 0.5)
