"""The Python API: nothing heavy at import, and the example of its page, run as it stands."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import export
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError
from export.checks import gpu_delegate
from export.checks.check import Check, Outcome
from export.cli import main

ROOT = Path(__file__).resolve().parents[2]
LIGHT = """
import sys
import export
assert callable(export.convert) and callable(export.gate)
import export.gate.verdict
assert callable(export.gate)
print(sorted({"torch", "timm", "tensorflow", "coremltools", "onnxruntime", "rich"} & set(sys.modules)))
"""


def test_importing_export_loads_nothing_heavy_and_gate_stays_callable() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


@pytest.mark.parametrize(("target", "named"), [("abacus", "abacus"), (["onnx", "abacus"], "abacus"), ([], "missing")])
def test_convert_refuses_a_target_that_does_not_exist(target: str | list[str], named: str) -> None:
    with pytest.raises(ConfigError, match=f"the target is {named}; allowed: tflite, onnx, coreml, all"):
        export.convert(target=target, checkpoint="nowhere", out="nowhere")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder that the page's example ran in, and its variables. TensorFlow's analyzer is left out: 10 s."""
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    place, variables = tmp_path_factory.mktemp("example"), {"__name__": "example"}
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(place):
        patch.setattr(gpu_delegate, "check", lambda model: Check(gpu_delegate.NAME, Outcome.UNKNOWN, "left out"))
        exec(compile(code, "python-api.md", "exec"), variables)
    return place, variables


@pytest.mark.slow
def test_example_exports_a_foreign_model_to_every_target(example: tuple[Path, dict[str, Any]]) -> None:
    place, variables = example
    outcomes = variables["outcomes"]
    assert list(outcomes) == ["tflite", "onnx", "coreml"]
    for target, outcome in outcomes.items():
        bundle = Bundle.open(place / "bundles" / target, allow_unsigned=True)
        assert outcome.place == Path("bundles") / target
        assert (bundle.card.arch, bundle.card.target, bundle.card.scheme) == ("test_efficientnet", target, "fp32")
        assert (bundle.card.fit.side_px, bundle.card.fit.resize_px, bundle.card.fit.filter) == (64, 67, "bicubic")
        assert bundle.gate["agreement"] == 1.0
        assert bundle.gate["photos"]["apart_from"] == ["selection"]


@pytest.mark.slow
def test_every_target_has_its_static_checks_in_gate_json_and_in_the_report(
    example: tuple[Path, dict[str, Any]],
) -> None:
    place, _ = example
    everywhere = {"ranks", "ops and types", "normalisation exactly once"}
    of_target = {
        "tflite": {"XNNPACK delegate", "TFLite GPU delegate"},
        "onnx": {"ONNX Runtime mobile"},
        "coreml": {"Neural Engine lint", "Core ML compute units"},
    }
    for target, wanted in of_target.items():
        bundle = Bundle.open(place / "bundles" / target, allow_unsigned=True)
        checks = {check["name"]: check for check in bundle.gate["checks"]}
        assert set(checks) == everywhere | wanted
        assert checks["normalisation exactly once"]["outcome"] == "ok"
        report = bundle.files["report.html"].decode()
        assert all(name in report and check["summary"] in report for name, check in checks.items())
        assert str(place) not in report
    assert checks["Neural Engine lint"]["heuristic"] and "rule of thumb" in report


@pytest.mark.slow
def test_example_judges_a_file_that_is_there(example: tuple[Path, dict[str, Any]]) -> None:
    _, variables = example
    findings = variables["findings"]
    assert findings.judgement.verdict == "inconclusive" and findings.agreement == 1.0
    assert findings.logits.shape == (42, 14) and findings.backend.startswith("onnxruntime")
    assert 0 < findings.max_logit_difference < 1e-3 * np.abs(findings.logits).max()
    assert len(findings.judgement.classes) == 14


@pytest.mark.slow
@pytest.mark.parametrize("target", ["tflite", "onnx", "coreml"])
def test_inspect_describes_the_model_of_a_bundle(
    example: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str], target: str
) -> None:
    bundle = example[0] / "bundles" / target
    assert main(["inspect", str(bundle)]) == 0
    said = capsys.readouterr().out
    assert f"{bundle}: a bundle, whole; no trusted signature; gate: inconclusive" in said
    assert f"test_efficientnet-14 {said.split('test_efficientnet-14 ')[1][:8]}, fp32 for {target}" in said
    assert "largest rank 4" in said and "input   image" in said and "logits" in said


@pytest.mark.slow
@pytest.mark.parametrize("target", ["tflite", "coreml"])
def test_gate_command_judges_each_format(
    example: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str], target: str
) -> None:
    place, variables = example
    network = variables["network"]
    argv = ["gate", str(place / "bundles" / target), "--checkpoint", str(place / network["checkpoint"])]
    argv += ["--arch", network["arch"], "--labels", str(place / network["labels"]), "--side", "64"]
    assert main([*argv, "--gate-data", "phantom:2:5", "--strict"]) == 4
    said = capsys.readouterr().out
    assert "verdict: inconclusive" in said and "same answer as the float model: 100.00% (0 photos changed)" in said
    for figure in ("balanced accuracy", "macro AUC", "calibration error"):
        assert re.search(rf"^{figure}: (\d\.\d{{3}}) -> \1$", said, re.MULTILINE)
    assert "McNemar p of the accuracy: 1\n" in said and "\nwanting: " in said
    assert main([*argv[:-2], "--side", "96", "--gate-data", "phantom:2:5"]) == 2
    assert "name the checkpoint (and --" in capsys.readouterr().err
