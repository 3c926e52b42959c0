from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.benchmark_model import metrics_of
from benchmarks.cli import main
from benchmarks.rows import read_rows
from edge_app.runtime.errors import BackendError
from tests.benchmarks.fake_adb import PRINTED
from tests.edge_app.bundles import contents, signed, write_folder


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command line with a bundle, a program and an adb that is played."""
    monkeypatch.setenv("FAKE_PHONE", str(tmp_path / "phone"))
    (tmp_path / "phone").mkdir()
    adb = tmp_path / "adb"
    adb.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("fake_adb.py")} "$@"\n')
    adb.chmod(0o755)
    (tmp_path / "benchmark_model").write_text("a program for phones")
    bundle = write_folder(signed(contents(), key=None), tmp_path / "tiny")
    return ["android", "--bundle", str(bundle), "--allow-unsigned", "--adb", str(adb), "--out", str(tmp_path),
            "--benchmark-model", str(tmp_path / "benchmark_model")]  # fmt: skip


def test_a_phone_is_timed_on_cpu_and_gpu_and_proved_on_golden_photos(words: list[str], tmp_path: Path) -> None:
    assert main(words) == 0
    cpu, gpu = read_rows(tmp_path / "android.jsonl")
    assert [row.backend for row in (cpu, gpu)] == ["benchmark_model cpu", "benchmark_model gpu"]
    assert cpu.machine == {"device": "Fake 9", "processor": "F900", "system": "15", "abi": "arm64-v8a"}
    assert cpu.metrics["p50_ms"] == pytest.approx(7.05)
    assert cpu.metrics["golden_photos"] == 2
    assert cpu.metrics["golden_largest_difference"] < 1e-4
    # Nothing stays on the phone.
    assert not (tmp_path / "phone" / "data/local/tmp/dermedge").exists()


def test_a_backend_that_refuses_is_a_row_with_the_reason(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "phone" / "no-gpu").touch()
    assert main(words) == 1
    cpu, gpu = read_rows(tmp_path / "android.jsonl")
    assert cpu.metrics["within_tolerance"] == 1.0
    assert gpu.metrics == {}
    assert "Failed to apply GPU delegate" in gpu.provenance["failed"]


# Three calls put the program there, five a bundle, seven are a backend's: its times and two golden photos.
@pytest.mark.parametrize(
    ("calls", "kept", "missing"),
    [
        (3 + 5 + 7 + 2, ["cpu"], "tiny on gpu, {0}/tiny on cpu, {0}/tiny on gpu"),
        (3 + 5 + 7 + 7 + 1, ["cpu", "gpu"], "tiny on cpu, {0}/tiny on gpu"),
        (3 + 5 + 7 + 7 + 5 + 7 + 6, ["cpu", "gpu", "cpu"], "tiny on gpu"),
    ],
)
def test_rows_gained_before_a_cable_is_pulled_are_kept(
    words: list[str], tmp_path: Path, calls: int, kept: list[str], missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words.insert(2, words[2])
    (tmp_path / "phone" / "cable").write_text(str(calls))
    assert main(words) == 2
    rows = read_rows(tmp_path / "android.jsonl")
    assert [row.backend.split()[-1] for row in rows] == kept
    assert [row for row in rows if "failed" in row.provenance] == []
    left, error = capsys.readouterr().err.splitlines()
    assert left.startswith("/data/local/tmp/dermedge stays on the phone: ")
    assert error.startswith("error: adb ") and "device 'F1' not found" in error
    assert error.endswith(f"missing, to be run with --append: {tmp_path}/{missing.format(tmp_path)}")


def test_a_phone_that_goes_at_once_leaves_the_rows_of_before(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "--backend", "cpu"]) == 0
    before = (tmp_path / "android.jsonl").read_text()
    (tmp_path / "phone" / "cable").write_text("1")
    assert main(words) == 2
    assert (tmp_path / "android.jsonl").read_text() == before


def test_append_keeps_the_rows_of_before(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "--backend", "cpu"]) == 0
    assert main([*words, "--backend", "gpu", "--append"]) == 0
    assert [row.backend for row in read_rows(tmp_path / "android.jsonl")] == [
        "benchmark_model cpu",
        "benchmark_model gpu",
    ]


def test_wrong_answers_of_a_phone_exit_1(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "phone" / "wrong").touch()
    assert main(words) == 1
    assert [row.metrics["golden_largest_difference"] for row in read_rows(tmp_path / "android.jsonl")] == pytest.approx(
        [1.0, 1.0], abs=1e-3
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--serial", "F2"], "--serial is F2; attached and allowed: F1"),
        (["--adb", "no-such-adb"], "no-such-adb is not installed"),
        (["--benchmark-model", "no-such-file"], "--benchmark-model no-such-file is no file"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    words: list[str], more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line


def test_figures_are_read_from_what_the_program_prints() -> None:
    assert metrics_of(PRINTED) == pytest.approx(
        {
            "runs": 50, "mean_ms": 7.1005, "std_ms": 0.12, "load_ms": 5.6, "first_inference_ms": 9.0, "p50_ms": 7.05,
            "p95_ms": 7.4, "peak_memory_bytes": 12.25e6, "partitions": 1,
        }
    )  # fmt: skip


def test_output_without_times_is_refused() -> None:
    with pytest.raises(BackendError, match="printed no times but 'Segmentation fault'"):
        metrics_of("INFO: loading\nSegmentation fault\n")
