"""Eight views, each once, and the mean of their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluate.metrics import softmax
from train.evaluate.turned_views import VIEWS, averaged, views


def test_views_are_the_eight_symmetries_of_a_square() -> None:
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1).repeat(3, axis=3)
    seen = [view[0, :, :, 0] for view in views(image)]
    assert len({view.tobytes() for view in seen}) == VIEWS == 8
    assert (seen[0] == image[0, :, :, 0]).all()
    assert all(view[1, 1] == 4 and sorted(view.ravel()) == list(range(9)) for view in seen)


def test_average_is_that_of_probabilities() -> None:
    found = softmax(averaged([np.log(np.array([[1.0, 3.0]])), np.log(np.array([[3.0, 1.0]])), np.zeros((1, 2))]))
    assert found[0].tolist() == pytest.approx([0.5, 0.5])
    found = softmax(averaged([np.log(np.array([[1.0, 3.0]])), np.log(np.array([[1.0, 1.0]]))]))
    assert found[0].tolist() == pytest.approx([(0.25 + 0.5) / 2, (0.75 + 0.5) / 2])
