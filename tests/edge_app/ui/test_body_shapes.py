from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.ui.choices import SITES
from edge_app.ui.widgets.body_shapes import capsule, distance, shapes, site_at

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))


def test_every_site_has_a_shape_and_every_shape_a_site() -> None:
    assert set(shapes("front")) | set(shapes("back")) == set(SITES)


@pytest.mark.parametrize("side", ["front", "back"])
def test_middle_of_every_shape_is_that_site(side: str) -> None:
    for name, outline in shapes(side).items():
        middle = [sum(values) / len(values) for values in zip(*outline, strict=True)]
        assert site_at(side, *middle) == name


def test_left_is_on_our_right_in_front_and_on_our_left_behind() -> None:
    assert (site_at("front", 18.0, 53.0), site_at("back", 18.0, 53.0)) == ("left_forearm", "right_forearm")
    assert (site_at("front", -18.0, 53.0), site_at("back", -18.0, 53.0)) == ("right_forearm", "left_forearm")


def test_a_touch_beside_the_body_takes_what_is_near_and_nothing_far_off() -> None:
    assert site_at("front", 24.0, 42.0) == "left_hand"
    assert site_at("front", 40.0, 42.0) == ""


def test_distance_to_a_square_is_negative_inside() -> None:
    assert (distance(SQUARE, 2.0, 2.0), distance(SQUARE, 7.0, 8.0), distance(SQUARE, 2.0, -3.0)) == (-2.0, 5.0, 3.0)


def test_capsule_reaches_a_radius_beyond_both_ends() -> None:
    xs, ys = zip(*capsule((0.0, 10.0, 2.0), (0.0, 0.0, 1.0)), strict=True)
    assert (max(ys), min(ys)) == pytest.approx((12.0, -1.0))
    assert (max(xs), min(xs)) == pytest.approx((2.0, -2.0))


@given(st.floats(-60, 60), st.floats(-20, 120))
def test_any_point_is_a_site_or_none(x: float, y: float) -> None:
    assert site_at("front", x, y) in (*SITES, "")
