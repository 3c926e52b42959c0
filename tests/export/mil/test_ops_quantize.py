from __future__ import annotations

from typing import Any

import numpy as np


def test_quantize_rounds_half_to_even_and_clips(run_op: Any) -> None:
    x = np.array([-100.0, -0.75, -0.25, 0.25, 0.75, 1.25, 100.0], np.float32)

    def build(mb: Any, x: Any) -> Any:
        steps = mb.quantize(input=x, scale=np.float32(0.5), zero_point=np.int8(3), output_dtype="int8")
        return mb.cast(x=steps, dtype="fp32")

    # x / 0.5 = -200, -1.5, -0.5, 0.5, 1.5, 2.5, 200.
    assert run_op("quantize", build, x).tolist() == [-128, 1, 3, 3, 5, 5, 127]


def test_dequantize_undoes_quantize_up_to_half_a_step(run_op: Any, numbers: Any) -> None:
    x = numbers(50)
    scale, zero_point = np.float32(8 / 255), np.uint8(128)

    def build(mb: Any, x: Any) -> Any:
        steps = mb.quantize(input=x, scale=scale, zero_point=zero_point, output_dtype="uint8")
        return mb.dequantize(input=steps, scale=scale, zero_point=zero_point)

    assert np.abs(run_op("dequantize", build, x) - x).max() <= scale / 2 + 1e-6


def test_each_channel_has_its_own_scale(run_op: Any) -> None:
    x = np.array([[1.0, 2.0], [1.0, 2.0]], np.float32)
    scales = np.array([1.0, 4.0], np.float32)

    def build(mb: Any, x: Any) -> Any:
        steps = mb.quantize(input=x, scale=scales, output_dtype="int8", axis=0)
        return mb.dequantize(input=steps, scale=scales, axis=0)

    assert run_op("quantize", build, x).tolist() == [[1.0, 2.0], [0.0, 0.0]]
