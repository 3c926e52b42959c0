from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import coreml_command
from benchmarks.cli import main
from benchmarks.rows import read_rows
from edge_app.runtime.backends import Outputs
from tests.contracts.tiny_model import expected
from tests.edge_app.bundles import contents, signed, write_folder


class FakeCoreml:
    """The tiny model, wrong on the Neural Engine."""

    def __init__(self, model: Path, *, threads: int, compute_unit: str) -> None:
        self.name, self.shift = f"Core ML on {compute_unit}", np.float32(compute_unit == "CPU_AND_NE")

    def run(self, image: np.ndarray) -> Outputs:
        exact = expected(image)
        return Outputs(exact.logits + self.shift, exact.cam)


def test_every_compute_unit_has_its_row_and_a_wrong_one_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coreml_command, "CoremlBackend", FakeCoreml)
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    bundle = write_folder(signed(contents(), key=None), tmp_path / "tiny")
    words = ["coreml", "--bundle", str(bundle), "--allow-unsigned", "--runs", "3", "--out", str(tmp_path)]
    assert main([*words, "--unit", "ALL", "CPU_ONLY"]) == 0
    assert main([*words, "--unit", "ALL", "CPU_AND_NE"]) == 1
    whole, wrong = read_rows(tmp_path / "coreml.jsonl")
    assert (whole.backend, whole.metrics["runs"]) == ("Core ML on ALL", 3)
    assert wrong.metrics["golden_largest_difference"] == pytest.approx(1.0, abs=1e-3)


def test_elsewhere_than_on_a_mac_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coreml", "--bundle", "x"]) == 2
    assert "Core ML runs on a Mac and this is Linux" in capsys.readouterr().err
