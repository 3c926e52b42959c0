"""8-bit weights: one scale for each output channel, worked out by hand; 16-bit ones stay out of their range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from export.targets.onnx_weights import byte_weights, half_weights, quantized


def test_quantized_gives_each_output_channel_its_own_scale():
    values, scales = quantized(np.array([[1.27, -0.64], [0.0, 0.0], [254.0, 3.0]], dtype=np.float32), axis=0)
    assert values.tolist() == [[127, -64], [0, 0], [127, 2]]
    np.testing.assert_allclose(scales, [[0.01], [1.0], [2.0]], rtol=1e-6)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4), st.sampled_from([0, 1]))
def test_quantized_is_within_half_a_step_whatever_the_weights(numbers, axis):
    weights = np.array(numbers, dtype=np.float32).reshape(2, 2)
    values, scales = quantized(weights, axis)
    assert np.abs(values.astype(np.float64) * scales - weights).max() <= 0.501 * scales.max()


def product(weight: np.ndarray, **attributes: int):
    """`image [1, n] @ weight` as Gemm."""
    inner = weight.shape[1] if attributes.get("transB") else weight.shape[0]
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w"], ["y"], **attributes)],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inner])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weight, "w")],
    )
    return helper.make_model(graph)


@pytest.mark.parametrize(("attributes", "shape"), [({"transB": 1}, (40, 1)), ({}, (1, 30))])
def test_byte_weights_scale_the_output_axis(attributes, shape):
    weight = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    model = byte_weights(product(weight, **attributes))
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert stored["w_scale"].shape == shape
    np.testing.assert_allclose(stored["w_int8"] * stored["w_scale"], weight, atol=0.51 * stored["w_scale"].max())
    assert [node.op_type for node in model.graph.node] == ["Cast", "Mul", "Gemm"]


def test_half_weights_leave_small_constants_and_those_beyond_16_bits_alone():
    small, huge = np.ones((8, 8), np.float32), np.full((40, 30), 1e5, np.float32)
    for weight in (small, huge):
        model = half_weights(product(weight))
        assert [tensor.data_type for tensor in model.graph.initializer] == [TensorProto.FLOAT]
        assert [node.op_type for node in model.graph.node] == ["Gemm"]
