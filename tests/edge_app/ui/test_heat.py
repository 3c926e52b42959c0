from __future__ import annotations

import numpy as np

from edge_app.runtime.card import FitRule
from edge_app.ui.heat import STOPS, heat, heat_over, overlay

RULE = FitRule(side_px=128, resize_px=160)


def test_heat_keeps_what_speaks_for_the_class() -> None:
    cam = np.zeros((2, 2, 3), np.float32)
    cam[..., 1] = [[-1.0, 0.0], [2.0, 4.0]]
    assert heat(cam, 1).tolist() == [[0.0, 0.0], [0.5, 1.0]]
    assert heat(cam, 0).max() == 0.0


def test_heat_lies_over_the_square_that_the_model_saw_and_ends_softly() -> None:
    over = heat_over(np.ones((4, 4)), RULE, width_px=640, height_px=480, side_px=120)
    # Short side 120: the model saw the middle 96 of it; the long side is 160. The edge is a twentieth of 96 wide.
    assert over.shape == (120, 160)
    assert over[17:103, 37:123].min() == 1.0
    assert (over[12, 80], over[14, 80]) == (0.5 / 4.8, 2.5 / 4.8)
    assert over[:12].max() == over[108:].max() == over[:, :32].max() == over[:, 128:].max() == 0.0


def test_overlay_is_clear_where_nothing_speaks_for_the_class_and_red_where_most_does() -> None:
    cam = np.full((8, 8, 2), -1.0, np.float32)
    cam[3:5, 3:5, 1] = 2.0
    painted = overlay(cam, 1, RULE, 480, 480)
    assert painted.shape == (192, 192, 4)
    assert painted[96, 96].tolist() == STOPS[-1].tolist()
    assert painted[:40, :40, 3].max() == 0
