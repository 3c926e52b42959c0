"""Both commands from beginning to end: the development checkpoint and its bundle on phantoms in HAM10000's layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.train.evaluate.grey_photos import Photo, write_ham
from train.cli import main

ASSETS = Path(__file__).resolve().parents[3] / "assets"
CHECKPOINT = ASSETS / "checkpoints" / "ham7-dev.safetensors"
BUNDLE, KEY = ASSETS / "bundles" / "ham7-dev", ASSETS / "bundles" / "ham7-dev.pub"
SMALL = ["--replicates", "100", "--outlier-pictures", "2", "--robust-photos", "2", "--mistakes", "2"]


@pytest.fixture(autouse=True)
def no_data_nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkpoint's own photos are out of reach."""
    monkeypatch.delenv("DERMEDGE_DATA", raising=False)


def refusal(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that refuses a command."""
    capsys.readouterr()
    assert main(argv) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1 and lines[0].startswith("error: ")
    return lines[0]


@pytest.mark.slow
def test_checkpoint_and_its_bundle_are_evaluated_and_compared(
    ham_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", f"ham10000:{ham_folder}"]
    first, second, third = (tmp_path / name for name in ("float", "file", "cut"))
    assert main(["evaluate", "--checkpoint", str(CHECKPOINT), *data, "--out", str(first), *SMALL]) == 0
    said = capsys.readouterr().err
    assert "warning: No temperature is fitted and no threshold chosen: the run's validation photos are out of" in said
    bundle = ["--bundle", str(BUNDLE), "--trusted-key", str(KEY), "--checkpoint", str(CHECKPOINT)]
    assert main(["evaluate", *bundle, *data, "--out", str(second), *SMALL]) == 0
    result, shipped = (json.loads((folder / "evaluation.json").read_text()) for folder in (first, second))
    assert (result["data"]["photos"], result["data"]["groups"], result["seen_in_run"]) == (
        42,
        35,
        {"train": 0, "val": 0},
    )
    assert result["validation"] is None and result["malignant"]["operating_points"] == []
    assert shipped["subject"]["scheme"] == "fp16" and shipped["abstention"]["shipped"] is not None
    assert shipped["robustness"]["maps"] == "class activation map that the file itself gives"
    # The file is the checkpoint in float16, its temperature inside.
    assert shipped["confusion"] == result["confusion"]
    capsys.readouterr()
    assert main(["compare", str(first), str(second), "--replicates", "100"]) == 0
    assert "0 photos right in A alone, 0 in B alone, p 1.0000" in capsys.readouterr().out
    with_split = ["--data", f"ham10000:{ham_folder}@test", "--validation", f"ham10000:{ham_folder}@val"]
    assert main(["evaluate", "--checkpoint", str(CHECKPOINT), *with_split, "--out", str(third), *SMALL]) == 0
    assert "are of 7 lesions or patients of classes that the model knows; 100 are needed" in capsys.readouterr().err
    assert "are of different photos" in refusal(["compare", str(first), str(third)], capsys)


def test_evaluate_refuses_in_one_line_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_ham(tmp_path / "data", [Photo("nv", 0), Photo("mel", 1)])
    out = ["--data", data, "--out", str(tmp_path / "out")]
    assert "name --checkpoint FILE" in refusal(["evaluate", *out], capsys)
    assert "unknown key" in refusal(["evaluate", "--bundle", str(BUNDLE), *out], capsys)
    checkpoint = ["--checkpoint", str(CHECKPOINT)]
    assert "does not exist" in refusal(["evaluate", "--checkpoint", "none.ckpt", *out], capsys)
    assert "DERMEDGE_DATA" in refusal(["evaluate", *checkpoint, "--data", "run@test", *out[2:]], capsys)
    bundle = ["--bundle", str(BUNDLE), "--trusted-key", str(KEY)]
    assert "name --checkpoint too" in refusal(["evaluate", *bundle, "--data", "run@test", *out[2:]], capsys)
    assert "--out" in refusal(["evaluate", *checkpoint, "--data", data, "--out", str(tmp_path / "data")], capsys)
    pictures = ["--outliers", str(tmp_path / "nowhere")]
    assert "holds no pictures" in refusal(["evaluate", *checkpoint, *out, *pictures], capsys)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_bundle_and_another_checkpoint_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(CHECKPOINT.read_bytes())
    (tmp_path / "other.json").write_text(CHECKPOINT.with_suffix(".json").read_text())
    # One bit of one weight.
    content = bytearray(other.read_bytes())
    content[-1] ^= 1
    other.write_bytes(content)
    argv = ["evaluate", "--bundle", str(BUNDLE), "--trusted-key", str(KEY), "--checkpoint", str(other)]
    assert "is not the one that bundle" in refusal([*argv, "--data", "phantom:1", "--out", str(tmp_path / "o")], capsys)
