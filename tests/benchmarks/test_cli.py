from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from benchmarks import cli, latency_command
from benchmarks.rows import read_rows
from edge_app.runtime.schema import schema
from edge_app.runtime.timing import BenchmarkRow
from tests.edge_app.bundles import KEY, contents, public, signed, write_folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_folder(signed(contents()), tmp_path / "tiny")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "demo.pub"
    path.write_text(public(KEY).hex())
    return path


@pytest.fixture(autouse=True)
def small_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    large = latency_command.large_photo
    monkeypatch.setattr(latency_command, "large_photo", lambda: large(width_px=640, height_px=480))


def test_latency_writes_rows_of_the_schema_that_hold_their_rounds(
    bundle: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_folder({"bare.tflite": contents()["model.tflite"]}, tmp_path / "bare") / "bare.tflite"
    words = [
        "latency",
        "--bundle",
        str(bundle),
        "--file",
        str(model),
        "--trusted-key",
        str(key),
        "--out",
        str(tmp_path),
    ]
    words += ["--rounds", "4", "--photo-rounds", "2", "--starts", "1", "--threads", "1"]
    assert cli.main(words) == 0
    assert cli.main([*words, "--append", "--starts", "0", "--sustained", "2", "--goals"]) == 1
    lines = (tmp_path / "latency.jsonl").read_text().splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), schema("benchmark_row"))
    own, bare, *again = read_rows(tmp_path / "latency.jsonl")
    assert [row.metrics["model_runs"] for row in (own, bare)] == [12, 12]
    assert [len(row.provenance["rounds_ms"]) for row in (own, bare)] == [4, 4]
    assert len(own.provenance["photo_in_ms"]) == own.metrics["end_to_end_runs"] == 2
    assert own.metrics["size_bytes"] == len(contents()["model.tflite"])
    assert own.metrics["load_ms"] > 0
    assert own.metrics["open_s"] > 0
    assert (own.provenance["gate"], bare.provenance["gate"]) == ("pass", "not judged")
    assert [row.benchmark for row in again] == ["latency", "latency", "sustained"]
    assert again[0].provenance["run"] != own.provenance["run"]
    assert "MobileViTv2-100 TFLite fp32 / stock fp32" in capsys.readouterr().out


def test_rows_to_append_to_are_read_before_anything_is_measured(
    bundle: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latency.jsonl").write_text("no row\n")
    monkeypatch.setattr(latency_command, "interleaved", lambda *_: pytest.fail("measured in vain"))
    words = ["latency", "--bundle", str(bundle), "--trusted-key", str(key), "--append", "--out", str(tmp_path)]
    assert cli.main(words) == 2
    assert "latency.jsonl, line 1" in capsys.readouterr().err


@pytest.fixture
def parity(
    bundle: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, list[BenchmarkRow]]]:
    """`parity` of a bundle in litert alone, unless told otherwise: (exit code, rows)."""
    keep_only_litert(monkeypatch)

    def run(*more: str, bundle: Path = bundle) -> tuple[int, list[BenchmarkRow]]:
        words = ["parity", "--bundle", str(bundle), "--trusted-key", str(key), "--out", str(tmp_path / "o")]
        alone = ["--old-runtime", str(tmp_path / "none"), "--arm64-count", "0"]
        return cli.main([*words, *alone, *more]), read_rows(tmp_path / "o" / "parity.jsonl")

    return run


def test_parity_returns_0_and_a_row_for_each_runtime_when_all_agree(
    parity: Callable[..., tuple[int, list[BenchmarkRow]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = parity("--arm64", str(tmp_path), "--arm64-count", "4")
    assert code == 0
    assert [row.benchmark for row in rows] == ["parity"]
    assert rows[0].metrics["agreement"] == 1.0
    told = capsys.readouterr().err
    assert "tflite-runtime 2.14 is left out" in told
    assert f"arm64 is left out: {tmp_path} or qemu-aarch64-static is missing" in told


def test_parity_returns_1_when_a_runtime_differs(
    parity: Callable[..., tuple[int, list[BenchmarkRow]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = write_folder(signed(contents(golden_npz=wrong_golden())), tmp_path / "wrong")
    code, (row,) = parity(bundle=strict)
    assert (code, row.metrics["within_tolerance"]) == (1, 0.0)
    told = capsys.readouterr()
    assert "DIFFERS" in told.out
    line = rf"differs: tiny 1.0 tflite fp32, {row.backend}: by 0.5 in a logit of 2 golden photos; .* allows 0.001"
    assert re.search(f"^{line}$", told.err, re.MULTILINE)


def test_parity_returns_1_when_a_runtime_elsewhere_fails(
    parity: Callable[..., tuple[int, list[BenchmarkRow]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crashes = tmp_path / "python"
    crashes.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashes.chmod(0o755)
    code, rows = parity("--data", "phantom:1:5", "--count", "3", "--old-runtime", str(crashes))
    assert code == 1
    assert [row.benchmark for row in rows] == ["parity", "answers", "parity"]
    told = capsys.readouterr()
    assert "FAILED" in told.out
    assert "ended by SIGSEGV" in told.out
    assert re.search(
        r"^failed: tiny 1.0 tflite fp32, tflite-runtime 2.14, .*: ended by SIGSEGV$", told.err, re.MULTILINE
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["latency", "--bundle", "no-such-bundle"], "no-such-bundle"),
        (["parity", "--bundle", "no-such-bundle"], "no-such-bundle"),
        (["latency", "--bundle", "x", "--rounds", "0"], "--rounds is 0; allowed: 1 to 1000000"),
        (["latency", "--bundle", "x", "--rounds", "nan"], "--rounds: invalid int value: 'nan'"),
        (["latency", "--bundle", "x", "--photo-rounds", "-1"], "--photo-rounds is -1; allowed: 0 to 1000000"),
        (["latency", "--bundle", "x", "--threads", "2", "0"], "--threads is 0; allowed: 1 to 256"),
        (["latency", "--bundle", "x", "--threads", "99999999999"], "--threads is 99999999999; allowed: 1 to 256"),
        (["latency", "--bundle", "x", "--starts", "-1"], "--starts is -1; allowed: 0 to 1000000"),
        *(
            (["latency", "--bundle", "x", "--sustained", value], f"--sustained is {value}; allowed: 2 to 86400 seconds")
            for value in ("nan", "inf", "-1", "0.0001", "1e+09")
        ),
        (["latency", "--peers", "mobilevitv2_100:0"], "--peers is 'mobilevitv2_100:0'; allowed: ARCH:SIDE, a side of"),
        (["latency", "--peers", "mobilevitv2_100:²"], "allowed: ARCH:SIDE, a side of 32 to 1024 px"),
        (["latency", "--peers", "mobilevitv2_100:99999"], "allowed: ARCH:SIDE, a side of 32 to 1024 px"),
        (["latency", "--peers", "swin_tiny_patch4_window7_224:100"], "takes 224 px alone: ask for swin_tiny"),
        (["android", "--bundle", "x", "--benchmark-model", "y", "--runs", "0"], "--runs is 0; allowed: 1 to 1000000"),
        (["android", "--bundle", "x", "--benchmark-model", "y", "--threads", "-2"], "--threads is -2; allowed: 1 to"),
        (["coreml", "--bundle", "x", "--runs", "-5"], "--runs is -5; allowed: 1 to 1000000"),
        (["profile", "model.onnx", "--lines", "-1"], "--lines is -1; allowed: 1 to 1000000"),
        (["profile", "model.onnx", "--threads", "0"], "--threads is 0; allowed: 1 to 256"),
        (["latency"], "nothing to measure: name --bundle B"),
        (["latency", "--peers", "mobilevitv2_100"], "px, as in mobilevitv2_100:256"),
        (["latency", "--peers", "no_such_net:256", "--peer-kind", "torch"], "timm has no network 'no_such_net'"),
        (["latency", "--file", "model.h5"], "model.h5 cannot be timed; allowed: files that end in .tflite, .onnx"),
        (["parity", "--bundle", "x", "--threads", "-1"], "--threads is -1; allowed: 1 to 256"),
        (["latency", "--bundle", "x", "--rounds", "many"], "invalid int value: 'many'"),
        (["parity"], "--bundle"),
        (["parity", "--bundle", "x", "--count", "0"], "--count is 0; allowed: 1 to"),
        (["parity", "--bundle", "x", "--arm64-count", "-1"], "--arm64-count is -1; allowed: 0 to"),
        (["parity", "--bundle", "x", "--checkpoint", "c"], "--checkpoint answers for the photos of --data"),
        (["report", "no-such-folder"], "no-such-folder holds no rows (*.jsonl)"),
        (["compare", "no-such-folder", "x"], "no-such-folder holds no rows (*.jsonl)"),
        *(
            (["compare", "a", "b", "--noise", value], f"--noise is {value}; allowed: 0 up to 1")
            for value in ("2", "nan", "inf", "-0.1")
        ),
        (["speed"], "invalid choice: 'speed'"),
        (["parity", "--bundle", "x", "--trusted-key", "no-such-key"], "no-such-key"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith("error: ")
    assert said in told[0]


def test_parity_holds_the_answers_of_every_runtime_for_golden_and_more_photos(
    parity: Callable[..., tuple[int, list[BenchmarkRow]]], capsys: pytest.CaptureFixture[str]
) -> None:
    # This Python stands in for one with another runtime.
    code, rows = parity("--data", "phantom:1:5", "--count", "3", "--old-runtime", sys.executable)
    assert code == 0
    assert [row.benchmark for row in rows] == ["parity", "answers"] * 2
    golden_here, here, golden_elsewhere, elsewhere = rows
    assert golden_elsewhere.backend == elsewhere.backend
    assert elsewhere.backend.endswith(f", {platform.machine()}")
    for row in (golden_here, golden_elsewhere):
        assert (row.metrics["photos"], row.metrics["within_tolerance"]) == (2, 1)
    assert here.provenance["photos_sha256"] == elsewhere.provenance["photos_sha256"]
    assert [len(row.provenance["logits"]) for row in (here, elsewhere)] == [3, 3]
    assert here.provenance["logits"][2] == pytest.approx(elsewhere.provenance["logits"][2], abs=1e-5)
    assert "Largest difference" in capsys.readouterr().out


def test_parity_refuses_a_checkpoint_that_no_bundle_is_of(
    bundle: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["parity", "--bundle", str(bundle), "--trusted-key", str(key), "--data", "phantom:1:5"]
    other = Path(__file__).parents[2] / "assets/checkpoints/ham7-dev.safetensors"
    assert cli.main([*words, "--checkpoint", str(other)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(
        r"ham7-dev.safetensors is mobilevitv2_050 \(akiec, .*\); allowed .*: tiny \(mel, nv, bkl, vasc\)$", line
    )


def test_unsigned_bundle_is_refused_unless_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unsigned = write_folder(signed(contents(), key=None), tmp_path / "unsigned")
    assert cli.main(["parity", "--bundle", str(unsigned)]) == 2
    assert "--allow-unsigned" in capsys.readouterr().err


def keep_only_litert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing TensorFlow for its interpreter takes 10 seconds and is that runtime's business."""
    from benchmarks import parity

    monkeypatch.setattr(parity, "RUNTIMES", parity.RUNTIMES[:1])


def wrong_golden() -> bytes:
    """Golden photos whose logits are 0.5 too large."""
    import io

    import numpy as np

    with np.load(io.BytesIO(contents()["golden.npz"])) as arrays:
        changed = {**{name: arrays[name] for name in arrays.files}, "logits": arrays["logits"] + np.float32(0.5)}
    buffer = io.BytesIO()
    np.savez(buffer, **changed)
    return buffer.getvalue()


def test_the_list_of_commands_needs_no_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from benchmarks.cli import COMMANDS, parser; text = parser([]).format_help();"
        "print(all(name in text for name in COMMANDS), 'torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_has_options(name: str) -> None:
    assert "--help" in cli.parser([name]).format_help()
    with pytest.raises(SystemExit) as ended:
        cli.parser([name]).parse_args([name, "--help"])
    assert ended.value.code == 0
