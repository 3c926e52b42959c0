from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.cli import main
from benchmarks.executor import examine
from export.targets import coreml


class Bright(nn.Module):
    """Two logits of the brightness; in float16 255 * 300 overflows."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        level = image.amax(dim=(1, 2, 3)) * self.factor
        return {"logits": torch.stack([level, -level], dim=1)}


def package(folder: Path, factor: float) -> Path:
    out = folder / "model.mlpackage"
    return coreml.convert(Bright(factor), side_px=32, scheme="fp16", calibration=None, out=out)


@pytest.mark.slow
def test_examine_counts_ops_and_compares_precisions(tmp_path: Path) -> None:
    found = examine(package(tmp_path, 0.1))
    assert found.side_px == 32
    assert {"reduce_max", "mul"} <= set(found.ops)
    assert found.steps <= sum(found.ops.values())
    assert 0 < found.fp16_difference < 0.1
    assert np.all(found.fp32.logits[:, 0] == -found.fp32.logits[:, 1])
    assert found.notes == ()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::export.mil.backend.OverflowWarning")
def test_executor_command_lists_its_ops_and_names_an_overflow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["executor", str(package(tmp_path, 1000.0))]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "reduce_max*" in said and "conv," in said
    assert "overflow float16" in said


def test_executor_command_refuses_in_one_line_when_there_is_no_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["executor", str(tmp_path / "none.mlpackage")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
