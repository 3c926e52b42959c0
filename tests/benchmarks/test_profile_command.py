from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cli, profile_command
from benchmarks.profile_command import WARMUP, largest, shares_of_events, shares_of_report
from tests.benchmarks.test_runners import onnx_file

REPORT = """
# Samples: 31K of event 'cpu-clock'
    72.87%  [.] xnn_f32_gemm_minmax_ukernel_7x32__avx512f_broadcast
     7.34%  [.] xnn_f32_vsigmoid_ukernel__avx512f_rr2_lut32_p2_perm2_scalef_div_u64
     0.09%  [k] handle_softirqs
     0.10%  [.] tflite::ops::builtin::cast::(anonymous namespace)::EvalImpl
"""


def event(kind: str, name: str, duration: float) -> dict[str, object]:
    return {"cat": "Node", "name": f"{name}_kernel_time", "dur": duration, "args": {"op_name": kind}}


def test_shares_are_of_the_medians_of_nodes_after_their_first_runs() -> None:
    slow_start = [event("MatMul", "a", 1000.0)] * WARMUP
    times = [event("MatMul", "a", 30.0), event("MatMul", "a", 31.0), event("MatMul", "a", 900.0)]
    others = [event("MatMul", "b", 29.0), event("Relu", "c", 20.0), {"cat": "Session", "name": "run", "dur": 5.0}]
    found = shares_of_events([*slow_start, *times, *others])
    assert found == {"MatMul": pytest.approx(0.75), "Relu": pytest.approx(0.25)}


def test_shares_of_a_report_have_the_kernels_names_whole() -> None:
    found = shares_of_report(REPORT.splitlines())
    assert found["xnn_f32_gemm_minmax_ukernel_7x32__avx512f_broadcast"] == pytest.approx(0.7287)
    assert found["tflite::ops::builtin::cast::(anonymous namespace)::EvalImpl"] == pytest.approx(0.001)
    assert len(found) == 4


def test_the_rest_is_one_line() -> None:
    assert largest({"a": 0.1, "b": 0.6, "c": 0.2, "d": 0.1}, 2) == [("b", 0.6), ("c", 0.2), ("all others", 0.2)]
    assert largest({"a": 1.0}, 2) == [("a", 1.0)]


def test_an_onnx_file_is_profiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["profile", str(onnx_file(tmp_path / "model.onnx"))]) == 0
    said = capsys.readouterr().out
    assert "MatMul" in said
    assert "100.0%" in said


def test_a_tflite_file_asks_for_perf_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.tflite").touch()
    monkeypatch.setattr(profile_command.shutil, "which", lambda name: None)
    assert cli.main(["profile", str(tmp_path / "model.tflite")]) == 2
    assert "perf is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "said"), [("model.pb", "cannot be profiled"), ("no.onnx", "no.onnx is not there")])
def test_bad_files_are_one_line(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["profile", name]) == 2
    assert said in capsys.readouterr().err
