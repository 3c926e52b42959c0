from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("padding", [0, 1])
def test_max_pool_agrees_with_torch(ceil_mode: bool, padding: int, run_op: Any, numbers: Any) -> None:
    x = numbers(1, 2, 8, 7) - 5
    parameters = {"pad_type": "custom", "pad": [padding] * 4, "ceil_mode": ceil_mode}
    result = run_op("max_pool", lambda mb, x: mb.max_pool(x=x, kernel_sizes=[3, 3], strides=[2, 2], **parameters), x)
    wanted = F.max_pool2d(torch.from_numpy(x), 3, 2, padding, ceil_mode=ceil_mode)
    np.testing.assert_array_equal(result, wanted.numpy())


@pytest.mark.parametrize("excluded", [False, True])
@pytest.mark.parametrize(("padding", "ceil_mode"), [(0, False), (1, False), (0, True), (1, True)])
def test_avg_pool_agrees_with_torch(excluded: bool, padding: int, ceil_mode: bool, run_op: Any, numbers: Any) -> None:
    x = numbers(1, 2, 8, 7)
    parameters = {"pad_type": "custom", "pad": [padding] * 4, "ceil_mode": ceil_mode}
    result = run_op(
        "avg_pool",
        lambda mb, x: mb.avg_pool(
            x=x, kernel_sizes=[3, 3], strides=[2, 2], exclude_padding_from_average=excluded, **parameters
        ),
        x,
    )
    wanted = F.avg_pool2d(torch.from_numpy(x), 3, 2, padding, ceil_mode=ceil_mode, count_include_pad=not excluded)
    np.testing.assert_allclose(result, wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_pool_pads_as_much_as_same_asks(run_op: Any) -> None:
    x = np.arange(4, dtype=np.float32).reshape(1, 1, 4)
    result = run_op("max_pool", lambda mb, x: mb.max_pool(x=x, kernel_sizes=[3], strides=[2], pad_type="same"), x)
    assert result.tolist() == [[[2, 3]]]


def test_nearest_neighbour_agrees_with_torch(run_op: Any, numbers: Any) -> None:
    x = numbers(1, 2, 3, 5)
    doubled = run_op(
        "upsample_nearest_neighbor",
        lambda mb, x: mb.upsample_nearest_neighbor(x=x, scale_factor_height=2, scale_factor_width=3),
        x,
    )
    np.testing.assert_array_equal(doubled, F.interpolate(torch.from_numpy(x), (6, 15)).numpy())
    resized = run_op(
        "resize_nearest_neighbor",
        lambda mb, x: mb.resize_nearest_neighbor(x=x, target_size_height=4, target_size_width=7),
        x,
    )
    np.testing.assert_array_equal(resized, F.interpolate(torch.from_numpy(x), (4, 7)).numpy())


@pytest.mark.parametrize("align_corners", [False, True])
def test_upsample_bilinear_agrees_with_torch(align_corners: bool, run_op: Any, numbers: Any) -> None:
    x = numbers(1, 2, 3, 5)
    result = run_op(
        "upsample_bilinear",
        lambda mb, x: mb.upsample_bilinear(
            x=x, scale_factor_height=1.5, scale_factor_width=2.0, align_corners=align_corners
        ),
        x,
    )
    wanted = F.interpolate(torch.from_numpy(x), (4, 10), mode="bilinear", align_corners=align_corners)
    np.testing.assert_allclose(result, wanted.numpy(), rtol=1e-5, atol=1e-6)


# The grids of two numbers that the op's own documentation works out.
GRIDS = {
    "UNALIGN_CORNERS": [0.0, 0.1, 0.5, 0.9, 1.0],
    "STRICT_ALIGN_CORNERS": [0.0, 0.25, 0.5, 0.75, 1.0],
    "ALIGN_CORNERS": [0.0, 0.25, 0.5, 0.75, 1.0],
    "DEFAULT": [0.0, 0.4, 0.8, 1.0, 1.0],
    "OFFSET_CORNERS": [0.1, 0.3, 0.5, 0.7, 0.9],
}


@pytest.mark.parametrize("mode", GRIDS)
def test_resize_bilinear_samples_where_its_documentation_says(mode: str, run_op: Any) -> None:
    x = np.array([[[[0.0, 1.0]]]], np.float32)
    result = run_op(
        "resize_bilinear",
        lambda mb, x: mb.resize_bilinear(x=x, target_size_height=1, target_size_width=5, sampling_mode=mode),
        x,
    )
    np.testing.assert_allclose(result[0, 0, 0], GRIDS[mode], atol=1e-6)
