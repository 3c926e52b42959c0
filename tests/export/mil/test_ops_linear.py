from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

PADDED = {"pad_type": "custom", "pad": [1, 1, 1, 1]}
# case: (input, weight, MIL's parameters, torch's)
CONVOLUTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], dict[str, Any]]] = {
    "valid": ((1, 3, 8, 9), (4, 3, 3, 2), {"pad_type": "valid"}, {}),
    "strided": ((1, 3, 8, 9), (4, 3, 3, 3), {**PADDED, "strides": [2, 2]}, {"stride": 2, "padding": 1}),
    "depthwise": ((1, 4, 6, 6), (4, 1, 3, 3), {**PADDED, "groups": 4}, {"padding": 1, "groups": 4}),
    "dilated": ((1, 2, 9, 9), (3, 2, 3, 3), {"pad_type": "valid", "dilations": [2, 2]}, {"dilation": 2}),
    "one axis": ((2, 3, 10), (4, 3, 3), {"pad_type": "valid"}, {}),
    "three axes": ((1, 2, 4, 5, 6), (3, 2, 2, 2, 2), {"pad_type": "valid"}, {}),
}


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_conv_agrees_with_torch(case: str, run_op: Any, numbers: Any) -> None:
    shape, kernel, parameters, of_torch = CONVOLUTIONS[case]
    x, weight, bias = numbers(*shape), numbers(*kernel, seed=1), numbers(kernel[0], seed=2)
    result = run_op("conv", lambda mb, x: mb.conv(x=x, weight=weight, bias=bias, **parameters), x)
    reference = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[len(shape)]
    wanted = reference(torch.from_numpy(x), torch.from_numpy(weight), torch.from_numpy(bias), **of_torch)
    np.testing.assert_allclose(result, wanted.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "pads"),
    [
        ({"pad_type": "custom", "pad": [0, 1, 2, 0]}, (2, 0, 0, 1)),
        ({"pad_type": "same", "strides": [2, 2]}, (0, 1, 0, 1)),
        ({"pad_type": "same_lower", "strides": [2, 2]}, (1, 0, 1, 0)),
    ],
)
def test_conv_pads_each_side_by_itself(
    parameters: dict[str, Any], pads: tuple[int, ...], run_op: Any, numbers: Any
) -> None:
    x, weight = numbers(1, 2, 8, 8), numbers(3, 2, 3, 3, seed=1)
    result = run_op("conv", lambda mb, x: mb.conv(x=x, weight=weight, **parameters), x)
    stride = parameters.get("strides", [1])[0]
    wanted = F.conv2d(F.pad(torch.from_numpy(x), pads), torch.from_numpy(weight), stride=stride)
    np.testing.assert_allclose(result, wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_linear_multiplies_by_the_transposed_weight(run_op: Any, numbers: Any) -> None:
    x, weight, bias = numbers(2, 5, 3), numbers(4, 3, seed=1), numbers(4, seed=2)
    result = run_op("linear", lambda mb, x: mb.linear(x=x, weight=weight, bias=bias), x)
    np.testing.assert_allclose(result, x @ weight.T + bias, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("transpose_x", "transpose_y"), [(False, False), (True, False), (False, True), (True, True)])
def test_matmul_agrees_with_numpy(transpose_x: bool, transpose_y: bool, run_op: Any, numbers: Any) -> None:
    x = numbers(2, 1, 4, 3) if transpose_x else numbers(2, 1, 3, 4)
    y = numbers(5, 2, 4, seed=1) if transpose_y else numbers(5, 4, 2, seed=1)
    result = run_op(
        "matmul", lambda mb, x, y: mb.matmul(x=x, y=y, transpose_x=transpose_x, transpose_y=transpose_y), x, y
    )
    left = x.swapaxes(-1, -2) if transpose_x else x
    right = y.swapaxes(-1, -2) if transpose_y else y
    np.testing.assert_allclose(result, left @ right, rtol=1e-5, atol=1e-6)


def test_einsum_agrees_with_numpy(run_op: Any, numbers: Any) -> None:
    x, y = numbers(2, 3, 4, 5), numbers(2, 5, 4, 6, seed=1)
    result = run_op("einsum", lambda mb, x, y: mb.einsum(values=(x, y), equation="nchw,nwhu->nchu"), x, y)
    np.testing.assert_allclose(result, np.einsum("nchw,nwhu->nchu", x, y), rtol=1e-5, atol=1e-6)


def test_attention_adds_its_mask_to_the_scaled_scores(run_op: Any, numbers: Any) -> None:
    x, mask = numbers(1, 2, 4, 8), numbers(4, 4, seed=1)
    op = "scaled_dot_product_attention"
    result = run_op(
        op, lambda mb, x: mb.scaled_dot_product_attention(query=x, key=x, value=x, attn_mask=mask), x, opset="iOS18"
    )
    scores = x @ x.swapaxes(-1, -2) / 8**0.5 + mask
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(result, weights @ x, rtol=1e-5, atol=1e-6)
