"""The two normalisations, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from train.losses.cross_entropy import cross_entropy

# -log softmax of the right class: log(1 + 1) = log 2 for the first photo, log(1 + e**-2) for the second.
LOGITS = torch.tensor([[0.0, 0.0], [0.0, 2.0]])
LABELS = torch.tensor([0, 1])
WEIGHTS = torch.tensor([3.0, 0.5])
WEIGHTED_SUM = 3.0 * math.log(2) + 0.5 * math.log(1 + math.exp(-2))


@pytest.mark.parametrize(("normalise", "expected"), [("weights", WEIGHTED_SUM / 3.5), ("batch", WEIGHTED_SUM / 2)])
def test_cross_entropy_divides_by_weights_or_batch(normalise: str, expected: float) -> None:
    assert cross_entropy(LOGITS, LABELS, WEIGHTS, normalise).item() == pytest.approx(expected, rel=1e-6)


def test_cross_entropy_is_plain_when_there_are_no_weights() -> None:
    expected = (math.log(2) + math.log(1 + math.exp(-2))) / 2
    for normalise in ("weights", "batch"):
        assert cross_entropy(LOGITS, LABELS, None, normalise).item() == pytest.approx(expected, rel=1e-6)
