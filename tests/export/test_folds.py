"""A gate pooled over the runs of a cross-validation, over a stand-in target: counts, meaning, failure, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.runtime import backends
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError, ConversionError
from export import conversion, finishing, preflight
from export.cli import main
from export.folds import refuse_unlike
from export.gate.ruin import RUINS
from export.quantize import auto, trial
from export.targets import schemes
from tests.export.stand_in import SIZES, Runtime, StandIn, ruin
from tests.export.tiny_folds import RECIPE, write_fold, write_folds
from tests.export.tiny_run import TinyRun
from train.checkpoint import load_checkpoint
from train.data.spec import open_data
from train.data.splits import split

LOOSE = ["--max-recall-drop", "0.35", "--max-accuracy-drop", "0.1"]
POOLED = ["--gate-data", "run@folds", "--selection-data", "run@test"]


class FoldStandIn(StandIn):
    """Files name the network that they were made of; those of run number `ruined` have their classes in other order."""

    def __init__(self) -> None:
        super().__init__()
        self.networks: list[nn.Module] = []
        self.ruined: int | None = None
        FoldRuntime.target = self

    def convert(self, module: nn.Module, *, scheme: str, out: Path, **other: Any) -> Path:
        if module not in self.networks:
            self.networks.append(module)
        super().convert(module, scheme=scheme, out=out, **other)
        out.write_bytes(f"{scheme}.{self.networks.index(module)}.".encode().ljust(SIZES[scheme], b"."))
        return out


class FoldRuntime(Runtime):
    """Runs the network that the file names; a ruined copy is the first one's."""

    target: FoldStandIn

    def __init__(self, model: Path | bytes, *, threads: int) -> None:
        super().__init__(model, threads=threads)
        content = model if isinstance(model, bytes) else Path(model).read_bytes()
        self.number = int(content.split(b".")[1] or 0)

    def run(self, image: np.ndarray) -> backends.Outputs:
        self.target.module = self.target.networks[self.number]
        outputs = super().run(image)
        if self.target.ruined != self.number:
            return outputs
        return replace(outputs, logits=np.roll(outputs.logits, 1))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> FoldStandIn:
    target = FoldStandIn()
    monkeypatch.setitem(schemes.SCHEMES, "tflite", StandIn.SCHEMES)
    monkeypatch.setattr(conversion, "target_module", lambda name: target)
    monkeypatch.setattr(preflight, "refuse_missing_tools", lambda target: None)
    monkeypatch.setattr(finishing, "static_checks", lambda model, target, scheme: [])
    monkeypatch.setitem(RUINS, ".tflite", ruin)
    monkeypatch.setattr(auto, "CURES", {})
    monkeypatch.setattr(trial, "paired_ratio", lambda one, other, rounds: 1.0)
    monkeypatch.setattr(backends, "backend_class", lambda suffix: FoldRuntime)
    return target


@pytest.fixture(scope="module")
def folds(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_folds(tiny_run, tmp_path_factory.mktemp("folds"))


def arguments(out: Path, checkpoints: Sequence[Path], *more: str) -> list[str]:
    first, *others = map(str, checkpoints)
    named = ["--fold-checkpoints", *others] if others else []
    return ["--target", "tflite", "--out", str(out), "--checkpoint", first, *named, *POOLED, *more]


def gate_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "gate.json").read_text()))


def refused(capsys: pytest.CaptureFixture[str], argv: list[str]) -> str:
    """The one line that `argv` is refused with, exit code 2."""
    capsys.readouterr()
    assert main(argv) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    return said[0]


def photos_of(run: TinyRun, scheme: str) -> dict[str, int]:
    """Photos of each class in the fold's list."""
    data = open_data(run.data)
    samples = split(data, 5, scheme).val
    return {label.code: sum(s.label == k for s in samples) for k, label in enumerate(data.labels)}


def test_counts_are_the_sums_over_folds_and_the_first_run_ships(
    tiny_run: TinyRun, folds: list[Path], stand_in: FoldStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report"
    options = [*LOOSE, "--report", str(report), "--with-photos"]
    assert main(arguments(tmp_path / "bundle", folds, *options)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "verdict: pass" in said and "about the recipe of quantization, not about the shipped file alone" in said
    gate, one, two = gate_of(tmp_path / "bundle"), photos_of(tiny_run, "fold1of2"), photos_of(tiny_run, "fold2of2")
    assert {row["label"]: row["support"] for row in gate["classes"]} == {code: one[code] + two[code] for code in one}
    assert gate["scheme"] == "dynamic8"
    assert gate["photos"]["data"] == "run@folds"
    assert gate["photos"]["apart_from"] == ["training", "selection", "calibration"]
    rows = gate["pooled"]["folds"]
    assert [(row["fold"], row["photos"], row["shipped"]) for row in rows] == [
        (1, sum(one.values()), True),
        (2, sum(two.values()), False),
    ]
    assert rows[0]["checkpoint_sha256"] != rows[1]["checkpoint_sha256"]
    assert gate["negative_control"][0]["photos"] == sum(one.values())
    opened = Bundle.open(tmp_path / "bundle", allow_unsigned=True)
    assert opened.card.checkpoint_sha256 == rows[0]["checkpoint_sha256"]
    assert opened.card.gate is not None and opened.card.gate["pooled"] == gate["pooled"]["judges"]
    assert "Pooled over folds" in (tmp_path / "bundle" / "report.html").read_text()
    assert gate["pooled"]["judges"] in (report / "report.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "report"]


def test_gate_fails_when_the_file_of_another_fold_is_ruined(
    tiny_run: TinyRun, folds: list[Path], stand_in: FoldStandIn, tmp_path: Path
) -> None:
    stand_in.ruined = 1
    assert main(arguments(tmp_path / "bundle", folds, "--scheme", "fp32", *LOOSE)) == 3
    assert not (tmp_path / "bundle").exists()
    gate = gate_of(tmp_path / "rejected" / "bundle")
    assert gate["accuracy"]["lost"] == sum(photos_of(tiny_run, "fold2of2").values())
    assert [row["agreement"] for row in gate["pooled"]["folds"]] == [1.0, 0.0]


def test_order_of_the_folds_is_free_and_the_first_named_ships(
    folds: list[Path], stand_in: FoldStandIn, tmp_path: Path
) -> None:
    assert main(arguments(tmp_path / "bundle", folds[::-1], "--scheme", "static8", *LOOSE)) == 3
    rows = gate_of(tmp_path / "rejected" / "bundle")["pooled"]["folds"]
    assert [(row["fold"], row["shipped"]) for row in rows] == [(2, True), (1, False)]


def test_candidate_that_fails_on_selection_photos_does_not_see_the_folds(
    folds: list[Path], stand_in: FoldStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(schemes.SCHEMES, "tflite", ("static8",))
    monkeypatch.setattr(conversion, "schemes_of", lambda options, target: ("static8",))
    assert main(arguments(tmp_path / "bundle", folds, *LOOSE)) == 3
    gate = gate_of(tmp_path / "rejected" / "bundle")
    assert (gate["photos"]["data"], gate["pooled"], len(stand_in.networks)) == ("run@test", None, 1)


def test_interrupted_gate_over_folds_makes_no_file_twice(
    folds: list[Path], stand_in: FoldStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = arguments(tmp_path / "bundle", folds, "--scheme", "fp32", *LOOSE)

    def interrupted(runtime: FoldRuntime, image: np.ndarray) -> backends.Outputs:
        if runtime.number:
            raise KeyboardInterrupt
        return whole(runtime, image)

    whole = FoldRuntime.run
    with monkeypatch.context() as patch:
        patch.setattr(FoldRuntime, "run", interrupted)
        assert main(argv) == 130
    assert [path.name for path in tmp_path.iterdir()] == [".bundle.search"]
    monkeypatch.setattr(stand_in, "convert", lambda *args, **options: pytest.fail("a file is made again"))
    assert main(argv) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def remade(run: TinyRun, **change: Any) -> Callable[[Path], list[Path]]:
    """Two folds, the second changed."""

    def make(root: Path) -> list[Path]:
        first = write_fold(run, root / "one", scheme="fold1of2")
        return [first, write_fold(run, root / "two", **{"scheme": "fold2of2", **change})]

    return make


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scheme": "fold1of2"}, "fold 1 of 2 is given twice: "),
        ({"scheme": "fold2of3"}, "the runs are of different cuts: fold1of2, fold2of3"),
        ({"scheme": "repeat1of2"}, "was trained on @repeat1of2; run@folds needs runs on DATA@fold1ofK"),
        ({"scheme": ""}, "was trained on a cut without folds"),
        ({"data_sha256": "1" * 64}, "has other data than --checkpoint"),
        ({"seed": 6}, "has other data than --checkpoint"),
        ({"recipe": {**RECIPE, "name": "other"}}, "has other recipe than --checkpoint"),
        ({"fit": {"side_px": 64, "resize_px": 72, "filter": "bicubic"}}, "has other recipe than --checkpoint"),
        ({"provenance": {}}, "lacks its run folder, lists of photos or recipe"),
        ({"splits": None}, "lacks its run folder, lists of photos or recipe"),
        (
            {"labels": [{"code": c, "name": c, "tier": "soon", "notifiable": False} for c in "xyz"]},
            "has other classes than --checkpoint",
        ),
    ],
)
def test_runs_that_do_not_belong_together_are_refused(
    tiny_run: TinyRun,
    stand_in: FoldStandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    said: str,
) -> None:
    runs = remade(tiny_run, **change)(tmp_path)
    assert said in refused(capsys, arguments(tmp_path / "out" / "b", runs))
    assert not (tmp_path / "out").exists()


def test_missing_fold_is_named(
    tiny_run: TinyRun, stand_in: FoldStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [write_fold(tiny_run, tmp_path / str(n), scheme=f"fold{n}of4") for n in (1, 3)]
    assert "fold 2, 4 of 4 is not given" in refused(capsys, arguments(tmp_path / "b", runs))


def test_checkpoint_outside_a_run_folder_is_refused(
    tiny_run: TinyRun, folds: list[Path], stand_in: FoldStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, arguments(tmp_path / "b", [folds[0], tiny_run.checkpoint]))
    assert "is in no run folder (no recipe.json beside it)" in said
    assert "nowhere.ckpt does not exist" in refused(capsys, arguments(tmp_path / "b", [folds[0], Path("nowhere.ckpt")]))


def test_architecture_of_every_fold_is_the_same(folds: list[Path]) -> None:
    first = load_checkpoint(folds[0])
    with pytest.raises(ConfigError, match="has other architecture than --checkpoint"):
        refuse_unlike(replace(first, arch="mobilevitv2_075"), first, folds[1])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scheme", "qat8", "--qat-epochs", "1"], "qat8 trains each anew"),
        (["--scheme", "qat8"], "qat8 trains each anew"),
        (["--qat-epochs", "1"], "qat8 trains each anew"),
        (["--arch", "resnet50", "--labels", "labels.txt"], "needs runs with lists of their photos, which --arch"),
        (["--selection-data", "run@val"], "--selection-data is run@val; with --gate-data run@folds it has to be run@t"),
        (["--calibration-data", "run@test"], "--calibration-data is run@test; with --gate-data run@folds it has to be"),
        (["--gate-data", "run@test"], "--fold-checkpoints goes with --gate-data run@folds, not run@test"),
    ],
)
def test_options_that_contradict_a_pooled_gate_are_refused(
    folds: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert said in refused(capsys, arguments(tmp_path / "b", folds, *more))


def test_one_checkpoint_and_one_file_are_no_folds(
    folds: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "needs a run for each fold" in refused(capsys, arguments(tmp_path / "b", folds[:1]))
    argv = ["gate", str(folds[0]), "--checkpoint", str(folds[0]), "--gate-data", "run@folds"]
    assert "one file is one run's" in refused(capsys, argv)


def test_photo_that_a_run_was_trained_on_does_not_judge_its_file(
    tiny_run: TinyRun, stand_in: FoldStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second run's list of training photos names one of its fold."""
    runs = write_folds(tiny_run, tmp_path)
    content = torch.load(runs[1], weights_only=True)
    described = json.loads(content["dermedge"])
    lists = described["splits"]["splits"]
    for part in ("ids", "photos", "groups"):
        lists["train"][part].append(lists["val"][part][0])
    torch.save({**content, "dermedge": json.dumps(described)}, runs[1])
    said = refused(capsys, arguments(tmp_path / "b", runs))
    assert f"1 of {len(lists['val']['ids'])} gate photos were seen in training (the same file)" in said


def test_fold_whose_file_cannot_be_made_is_named(
    folds: list[Path],
    stand_in: FoldStandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def convert(module: nn.Module, **options: Any) -> Path:
        if stand_in.networks:
            raise ConversionError("no such operator")
        return whole(module, **options)

    whole = stand_in.convert
    monkeypatch.setattr(stand_in, "convert", convert)
    said = refused(capsys, arguments(tmp_path / "b", folds, "--scheme", "fp32"))
    assert "fold 2 of 2: no such operator" in said
    assert not list(tmp_path.iterdir())
