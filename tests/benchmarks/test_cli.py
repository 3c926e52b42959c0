from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from benchmarks import cli
from benchmarks.rows import read_rows
from edge_app.runtime.schema import schema
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
    large = cli.large_photo
    monkeypatch.setattr(cli, "large_photo", lambda: large(width_px=640, height_px=480))


def test_latency_writes_rows_of_the_schema_and_prints_goals(
    bundle: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["latency", "--bundle", str(bundle), str(bundle), "--trusted-key", str(key), "--out", str(tmp_path / "o")]
    assert cli.main([*words, "--rounds", "2", "--starts", "1", "--threads", "1"]) == 0
    lines = (tmp_path / "o" / "latency.jsonl").read_text().splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), schema("benchmark_row"))
    rows = read_rows(tmp_path / "o" / "latency.jsonl")
    assert [row.metrics["model_runs"] for row in rows] == [10, 10]
    assert rows[0].metrics["size_bytes"] == len(contents()["model.tflite"])
    printed = capsys.readouterr().out
    assert "import edge_app.runtime" in printed
    assert "bundle open + first answer" in printed


def test_parity_returns_0_and_a_row_for_each_runtime_when_all_agree(
    bundle: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_only_litert(monkeypatch)
    words = ["parity", "--bundle", str(bundle), "--trusted-key", str(key), "--out", str(tmp_path / "o")]
    assert cli.main(words) == 0
    rows = read_rows(tmp_path / "o" / "parity.jsonl")
    assert [row.benchmark for row in rows] == ["parity"]
    assert rows[0].metrics["agreement"] == 1.0


def test_parity_returns_1_when_a_runtime_differs(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_only_litert(monkeypatch)
    strict = write_folder(signed(contents(golden_npz=wrong_golden())), tmp_path / "wrong")
    words = ["parity", "--bundle", str(strict), "--trusted-key", str(key), "--out", str(tmp_path / "o")]
    assert cli.main(words) == 1
    assert "DIFFERS" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["latency", "--bundle", "no-such-bundle"], "no-such-bundle"),
        (["parity", "--bundle", "no-such-bundle"], "no-such-bundle"),
        (["latency", "--bundle", "x", "--rounds", "0"], "--rounds is 0; allowed: 1 or more"),
        (["parity", "--bundle", "x", "--threads", "-1"], "--threads is -1; allowed: 1 or more"),
        (["latency", "--bundle", "x", "--rounds", "many"], "invalid int value: 'many'"),
        (["parity"], "--bundle"),
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
