"""Elastic deformation, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from train.augment.elastic import deform, draw_fields, rare


def test_rare_are_the_classes_below_the_count_and_all_where_it_is_0() -> None:
    labels = np.array([0, 1, 0, 0, 1])
    assert rare(labels, 3).tolist() == [False, True, False, False, True]
    assert rare(labels, 2).tolist() == [False] * 5
    assert rare(labels, 0).all()


def test_fields_move_only_chosen_photos_and_no_edge() -> None:
    fields = draw_fields(np.random.default_rng(0), np.array([True, False] * 500), 0.02, 7)
    assert not fields[1::2].any()
    inner = fields[::2, :, 1:-1, 1:-1]
    assert inner.std() == pytest.approx(0.02, rel=0.02)
    assert not fields[:, :, 0].any()
    assert not fields[:, :, :, -1].any()


def test_deform_leaves_a_photo_as_it_is_when_the_field_is_0() -> None:
    photos = torch.rand(2, 3, 16, 16)
    assert torch.allclose(deform(photos, torch.zeros(2, 2, 5, 5)), photos, atol=1e-5)


def test_deform_takes_pixels_from_where_the_field_points() -> None:
    # A ramp that rises by 1 a pixel to the right; an even field of 2 of 16 sides takes what is 2 pixels further.
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    fields = torch.zeros(1, 2, 5, 5)
    fields[:, 0] = 2 / 16
    moved = deform(ramp, fields)
    assert torch.allclose(moved[..., 2:12], ramp[..., 2:12] + 2.0, atol=1e-4)
