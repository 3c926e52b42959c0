from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import cli, prepare
from benchmarks.prepare import PLACES, SCHEMES, bundles, trained_here
from benchmarks.rows import read_rows
from edge_app.runtime.errors import ConfigError, ConversionError
from export.job import Export
from export.options import Options
from tests.benchmarks.test_refused import outcome
from train.config import load_recipe


def arguments(out: Path, targets: Sequence[str] = ("tflite", "coreml")) -> argparse.Namespace:
    return argparse.Namespace(out=out, target=list(targets), selection_data="run@val")


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each gathering of photos and float answers was with calibration photos."""
    found: list[bool] = []
    monkeypatch.setattr(prepare, "check_export", lambda options: None)
    monkeypatch.setattr(prepare, "gather", lambda options, calibrate: found.append(calibrate))
    return found


def answer_with(monkeypatch: pytest.MonkeyPatch, verdicts: dict[str, str]) -> list[Options]:
    """Every export comes to the verdict of its scheme, or to an error; the options of each."""
    asked: list[Options] = []

    def exported(export: Export, key: object) -> SimpleNamespace:
        asked.append(export.options)
        verdict = verdicts.get(export.options.scheme, "pass")
        if verdict == "error":
            raise ConversionError("no such op")
        return SimpleNamespace(verdict=verdict)

    monkeypatch.setattr(prepare, "exported", exported)
    return asked


def test_float_answers_are_gathered_once_for_all_files_of_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: list[bool]
) -> None:
    asked = answer_with(monkeypatch, {})
    assert list(bundles(PLACES[0], tmp_path / "c", "run@test", arguments(tmp_path))) == []
    assert gathered == [True]
    names = [options.out.name for options in asked]
    assert names == [*(f"tflite-{scheme}" for scheme in SCHEMES["tflite"]), "coreml-fp32"]


def test_what_the_gate_refuses_or_a_tool_cannot_make_is_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: list[bool]
) -> None:
    answer_with(monkeypatch, {"static8": "fail", "dynamic8": "error", "fp32": "inconclusive"})
    refused, failed = bundles(PLACES[0], tmp_path / "c", "run@test", arguments(tmp_path))
    assert "tflite-static8: the gate says fail; the file is in rejected/" in refused
    assert failed.endswith("tflite-dynamic8: no such op")


def test_what_the_gate_said_of_each_file_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: list[bool]
) -> None:
    monkeypatch.setattr(prepare, "exported", lambda export, key: outcome())
    list(bundles(PLACES[0], tmp_path / "c", "run@test", arguments(tmp_path, ["onnx"])))
    (row,) = read_rows(tmp_path / "refused.jsonl")
    assert (row.scheme, row.provenance["worst"]) == ("static8", "recall of mel")


def test_bundles_that_are_there_are_kept_and_nothing_is_gathered_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: list[bool]
) -> None:
    asked = answer_with(monkeypatch, {})
    for scheme in SCHEMES["tflite"]:
        (tmp_path / PLACES[0].arch / f"tflite-{scheme}").mkdir(parents=True)
    assert list(bundles(PLACES[0], tmp_path / "c", "run@test", arguments(tmp_path, ["tflite"]))) == []
    assert (asked, gathered) == ([], [])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.arch)
def test_a_network_is_trained_once_with_settings_that_the_recipe_takes(
    place: prepare.Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def train(words: list[str]) -> int:
        calls.append(words)
        run = Path(words[words.index("--out") + 1])
        run.mkdir(parents=True)
        (run / "best.ckpt").touch()
        return 0

    monkeypatch.setattr("train.cli.main", train)
    first, second = trained_here(place, tmp_path), trained_here(place, tmp_path)
    assert first == second == tmp_path / place.arch / "run" / "best.ckpt"
    (words,) = calls
    recipe = load_recipe(
        prepare.RECIPE, [word for word, before in zip(words[1:], words, strict=False) if before == "--set"]
    )
    assert (recipe.model.arch, recipe.model.side_px, recipe.fit.epochs) == (
        place.arch,
        place.train_side_px,
        place.epochs,
    )


def test_a_training_that_fails_is_said_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.cli.main", lambda words: 2)
    with pytest.raises(ConfigError, match="could not be trained; remove .*run"):
        trained_here(PLACES[0], tmp_path)


def test_a_checkpoint_of_another_network_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "load_checkpoint", lambda path: SimpleNamespace(arch="resnet50"))
    assert cli.main(["prepare", "--checkpoint", "x.ckpt"]) == 2
    assert capsys.readouterr().err.startswith("error: --checkpoint is of resnet50; allowed: mobilevitv2_100, swin")
