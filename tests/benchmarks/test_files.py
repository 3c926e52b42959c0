from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import files
from benchmarks.cli import main
from benchmarks.rows import read_rows
from edge_app.runtime.backends import Outputs
from edge_app.runtime.errors import ConfigError
from tests.export.tiny_run import TinyRun, write_tiny_run


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    return write_tiny_run(tmp_path_factory.mktemp("run"))


class Fixed:
    """Answers photo i, whose first byte is i, with row i of a table."""

    name = "fixed"

    def __init__(self, logits: list[list[float]]) -> None:
        self.logits = np.array(logits, np.float32)

    def run(self, image: np.ndarray) -> Outputs:
        return Outputs(self.logits[image[0, 0, 0]], None)


def test_answer_figures_are_those_worked_out_by_hand() -> None:
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1) * np.ones((3, 2, 2, 3), np.uint8)
    expected = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 9.0]])
    found = SimpleNamespace(photos=SimpleNamespace(images=images), logits=expected)
    figures = files.answer_figures(Fixed([[2.0, 0.5], [1.5, 1.0], [0.0, 0.0]]), found, 2)
    # Differences 0, 0.5, 1.5 and -1 against a spread of 1, -1, -1 and 1: the third photo is not asked for.
    assert figures["photos"] == 2
    assert figures["max_logit_difference"] == 1.5
    assert figures["relative_logit_rms"] == pytest.approx(np.sqrt((0.25 + 2.25 + 1.0) / 4))
    assert figures["agreement"] == 0.5


@pytest.mark.parametrize(
    ("change", "says"),
    [({"count": 0}, "count is 0; allowed: 1 or more"), ({"targets": ("tflight",)}, "'tflight'; allowed: tflite")],
)
def test_a_plan_that_makes_no_sense_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        files.Plan(**change)


@pytest.mark.slow
def test_files_of_a_target_are_compared_with_torch(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["files", "--checkpoint", str(tiny_run.checkpoint), "--data", f"{tiny_run.data}@test", "--count", "6"]
    calibration = ["--calibration-data", f"{tiny_run.data}@train"]
    assert main([*command, *calibration, "--target", "onnx", "--threads", "1", "--out", str(tmp_path)]) == 0
    rows = {row.scheme: row.metrics for row in read_rows(tmp_path / "files.jsonl")}
    assert list(rows) == ["fp32", "fp16", "w8", "dynamic8", "static8"]
    assert rows["fp32"]["max_logit_difference"] < 1e-4 < rows["w8"]["max_logit_difference"]
    assert rows["w8"]["size_bytes"] < rows["fp16"]["size_bytes"] < rows["fp32"]["size_bytes"]
    assert {figures["photos"] for figures in rows.values()} == {6}
    assert "mobilevitv2_050 64 px" in capsys.readouterr().out
