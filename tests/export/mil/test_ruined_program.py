"""The negative control's ruined copy of a CoreML package, whichever way its weights are stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.gate.ruin import ruined
from export.mil.executor import Executor
from tests.export.mil.conftest import SaveProgram


def outputs_of(path: Path, x: np.ndarray) -> np.ndarray:
    found = Executor.open(path, "fp32").run({"x": torch.from_numpy(x)})
    return np.asarray(next(iter(found.values())).numpy())


@pytest.mark.parametrize("stored", ["float", "int8"])
def test_ruined_program_answers_with_its_bias_alone(
    stored: str, save_program: SaveProgram, numbers: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    bias = numbers(12, seed=1)

    def build(mb: Any, x: Any) -> Any:
        weight: Any = numbers(12, 16, seed=2)
        if stored == "int8":
            steps = np.arange(192, dtype=np.uint8).reshape(12, 16)
            weight = mb.constexpr_affine_dequantize(
                quantized_data=steps, zero_point=np.uint8(100), scale=np.full(12, 0.02, np.float32), axis=0
            )
        return mb.relu(x=mb.linear(x=x, weight=weight, bias=bias))

    x = numbers(3, 16)
    model = save_program(build, x)
    spoiled = ruined(model, tmp_path / "ruined.mlpackage")
    assert np.ptp(outputs_of(model, x), axis=0).max() > 0.1
    left = outputs_of(spoiled, x)
    assert np.ptp(left, axis=0).max() == 0.0
    if stored == "float":
        assert left[0] == pytest.approx(np.maximum(bias, 0.0))
