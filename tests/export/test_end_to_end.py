"""From a checkpoint to a bundle that answers for a photo, with the real converter and runtime; and a ruined one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Abstention, Classifier, Prediction
from export.cli import main
from tests.export.tiny_run import TinyRun

SIDE_PX = 64


@pytest.fixture(scope="module")
def dark_photos(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Photos that say next to nothing about the numbers in the model: taken in the dark."""
    root, rng = tmp_path_factory.mktemp("dark"), np.random.default_rng(0)
    for code in ("nv", "mel"):
        (root / code).mkdir()
        for i in range(8):
            pixels = rng.integers(0, 6, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / code / f"{i}.png")
    return f"folder:{root}"


@pytest.mark.slow
def test_export_writes_a_signed_bundle_that_answers_for_a_photo(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, out = tmp_path / "key", tmp_path / "bundle"
    assert main(["keygen", str(key)]) == 0
    argv = ["--target", "tflite", "--checkpoint", str(tiny_run.checkpoint), "--out", str(out), "--scheme", "fp32"]
    assert main([*argv, "--sign-key", str(key)]) == 0
    assert main(["verify", str(out), "--trusted-key", f"{key}.pub"]) == 0
    assert main(["inspect", str(out / "model.tflite")]) == 0
    said = capsys.readouterr().out
    assert "logits: FLOAT32 [1, 3]" in said and "largest rank 4" in said
    gate = json.loads((out / "gate.json").read_text())
    assert (gate["agreement"], gate["accuracy"]["drop"]) == (1.0, 0.0)
    classifier = Classifier.open(out, trusted_keys=[bytes.fromhex(Path(f"{key}.pub").read_text().strip())])
    for photo in sorted(Path(tiny_run.data.partition(":")[2]).glob("test/*/*.png"))[::7]:
        answer = classifier.predict(photo)
        best = answer.best_label if isinstance(answer, Abstention) else answer.label
        assert isinstance(answer, (Prediction, Abstention))
        assert best.code == photo.parent.name


@pytest.mark.slow
def test_ruined_static8_exits_3_and_leaves_no_bundle(
    tiny_run: TinyRun, dark_photos: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gate's negative control: ranges taken from dark photos cut off every other photo's numbers."""
    out = tmp_path / "bundle"
    argv = ["--target", "tflite", "--checkpoint", str(tiny_run.checkpoint), "--out", str(out), "--scheme", "static8"]
    assert main([*argv, "--calibration-data", dark_photos]) == 3
    assert not out.exists()
    assert "verdict: fail" in " ".join(capsys.readouterr().out.split())
    gate = json.loads((tmp_path / "rejected" / "bundle" / "gate.json").read_text())
    assert gate["verdict"] == "fail"
    assert gate["accuracy"]["drop"] > 0.2


@pytest.mark.slow
def test_a_treated_scheme_is_made_alone_and_says_which_photos_treated_it(tiny_run: TinyRun, tmp_path: Path) -> None:
    """Bias correction of 8-bit weights: the one treatment that a network of some seconds' training takes no harm by."""
    made = {}
    for scheme in ("w8", "w8_bias"):
        argv = ["--target", "tflite", "--checkpoint", str(tiny_run.checkpoint), "--scheme", scheme]
        loose = ["--max-accuracy-drop", "0.4", "--max-recall-drop", "0.5"]
        assert main([*argv, *loose, "--calibration-count", "16", "--out", str(tmp_path / scheme)]) == 0
        made[scheme] = Bundle.open(tmp_path / scheme, allow_unsigned=True)
        assert made[scheme].card.scheme == scheme
    assert made["w8"].card.calibration is None
    record = made["w8_bias"].card.calibration
    assert record is not None and record["count"] == 16
    assert made["w8"].model_content != made["w8_bias"].model_content
