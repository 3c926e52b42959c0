"""Wrong options are told before torch is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.runtime.errors import CheckpointError, ConfigError
from export import doctor, preflight
from export.options import Options

PROGRAM = """
import sys
from export.cli import main
code = main(sys.argv[1:])
print(code, sorted({"torch", "timm", "coremltools", "onnxruntime", "litert_torch"} & set(sys.modules)))
"""


@pytest.fixture
def foreign(tmp_path: Path) -> dict[str, object]:
    """A foreign checkpoint's options, all data named."""
    (tmp_path / "weights.pth").write_bytes(b"")
    (tmp_path / "labels.txt").write_text("mel\nnv\n")
    return {
        "targets": ("tflite", "coreml"), "checkpoint": tmp_path / "weights.pth", "out": tmp_path / "out",
        "arch": "resnet50", "labels": tmp_path / "labels.txt", "gate_data": "phantom:1:1",
        "selection_data": "phantom:1:2", "calibration_data": "phantom:1:3",
    }  # fmt: skip


def refusal(**options: object) -> str:
    with pytest.raises((ConfigError, CheckpointError)) as error:
        preflight.check_export(Options(**options))  # type: ignore[arg-type]
    return str(error.value)


def test_nothing_is_refused_when_all_is_named(foreign: dict[str, object]) -> None:
    assert preflight.check_export(Options(**foreign)) is None  # type: ignore[arg-type]


def test_foreign_model_needs_data_of_its_own(foreign: dict[str, object]) -> None:
    for name in ("gate_data", "selection_data", "calibration_data"):
        del foreign[name]
    assert "name --gate-data, --selection-data, --calibration-data: other photos" in refusal(**foreign)
    assert "name --gate-data, --selection-data: other photos" in refusal(**foreign, scheme="w8")


def test_missing_package_is_named_with_its_extra(foreign: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed_version", lambda name: None if name == "coremltools" else "1.0")
    said = refusal(**foreign)
    assert said == "target coreml needs coremltools, not installed here; install: uv pip install -e '.[coreml]'"
    assert preflight.check_export(Options(**{**foreign, "targets": ("tflite",)})) is None  # type: ignore[arg-type]


def test_scheme_has_to_be_one_of_every_target(foreign: dict[str, object]) -> None:
    assert "--scheme is 'static8'; allowed for tflite and coreml: fp32, fp16, w8, auto" in refusal(
        **foreign, scheme="static8"
    )


def test_treated_scheme_needs_the_photos_that_treat_it(foreign: dict[str, object]) -> None:
    treated = Options(**{**foreign, "targets": ("tflite", "onnx"), "scheme": "w8_bias"})  # type: ignore[arg-type]
    assert preflight.check_export(treated) is None
    assert preflight.calibrates(treated)
    del foreign["calibration_data"]
    assert "name --calibration-data: other photos" in refusal(**foreign, scheme="w8_bias")
    assert "cures behind one of w8, as in w8_bias" in refusal(
        **{**foreign, "targets": ("coreml", "onnx")}, scheme="static8_bias"
    )


def test_weights_without_card_are_refused_with_both_ways_out(foreign: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "bare.safetensors").write_bytes(b"")
    own = {name: value for name, value in foreign.items() if name not in ("arch", "labels")}
    said = refusal(**{**own, "checkpoint": tmp_path / "bare.safetensors"})
    assert "has no card bare.json beside it" in said and "--arch TIMM_NAME --labels FILE" in said


def test_places_of_several_targets_are_checked_one_by_one(foreign: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "out" / "coreml").mkdir(parents=True)
    (tmp_path / "out" / "notes.txt").write_text("may stay")
    assert preflight.check_export(Options(**foreign)) is None  # type: ignore[arg-type]
    (tmp_path / "out" / "coreml" / "thesis.tex").write_text("precious")
    assert "coreml holds files but is no bundle" in refusal(**foreign)
    (tmp_path / "out" / "manifest.json").write_text("{}")
    assert "is a bundle; several targets need a folder" in refusal(**foreign)


@pytest.mark.parametrize("kind", ["rejected", "unverified"])
def test_places_of_candidates_that_fail_are_checked_as_well(
    foreign: dict[str, object], tmp_path: Path, kind: str
) -> None:
    precious = tmp_path / "out" / kind / "coreml" / "thesis.tex"
    precious.parent.mkdir(parents=True)
    assert preflight.check_export(Options(**foreign)) is None  # type: ignore[arg-type]
    precious.write_text("precious")
    said = refusal(**foreign)
    assert said.startswith(
        f"{precious.parent}, where a candidate for {tmp_path / 'out' / 'coreml'} goes that is {kind}"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scheme", "int3"], "--scheme is 'int3'"),
        (["--out", "OCCUPIED"], "is a file or a link"),
        (["--sign-key", "nowhere"], "signing key nowhere cannot be read: no such file"),
        (["--gate-data", "folder:nowhere"], "data folder nowhere does not exist"),
        (["--max-recall-drop", "7"], "tolerance max recall drop is 7"),
        (["--recall-tolerance", "mel"], "recall tolerance 'mel' is not understood"),
        (["--labels", "nowhere"], "labels nowhere cannot be read (no such file or directory)"),
    ],
)
def test_wrong_options_are_told_without_torch(foreign: dict[str, object], more: list[str], said: str) -> None:
    argv = ["--target", "all", "--checkpoint", str(foreign["checkpoint"]), "--out", str(foreign["out"])]
    argv += ["--arch", "resnet50", "--labels", str(foreign["labels"]), "--gate-data", "phantom:1:1"]
    argv += ["--selection-data", "phantom:1:2", "--calibration-data", "phantom:1:3"]
    argv += [str(foreign["labels"]) if word == "OCCUPIED" else word for word in more]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *argv], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("2 []\n", 0)
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not Path(str(foreign["out"])).exists()
