"""The export's command line over a stand-in target: verdicts, exit codes, places, and bad input in one line."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from edge_app.runtime import backends
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import from_json
from edge_app.runtime.schema import schema
from export import conversion, finishing, judging
from export.cli import main
from export.gate.ruin import RUINS
from export.quantize import auto, trial
from export.targets import schemes
from export.unforeseen import told
from tests.export.stand_in import NOISE, Runtime, StandIn, ruin
from tests.export.tiny_run import TinyRun

# A hundred photos settle nothing under the usual tolerances; under these they do.
LOOSE = ["--max-recall-drop", "0.35", "--max-accuracy-drop", "0.1"]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in target and runtime in place of TFLite's."""
    target = StandIn()
    monkeypatch.setitem(schemes.SCHEMES, "tflite", StandIn.SCHEMES)
    monkeypatch.setattr(conversion, "target_module", lambda name: target)
    monkeypatch.setattr(finishing, "static_checks", lambda model, target, scheme: [])
    monkeypatch.setitem(RUINS, ".tflite", ruin)
    monkeypatch.setattr(auto, "CURES", {})
    monkeypatch.setattr(trial, "paired_ratio", lambda one, other, rounds: 1.0)
    monkeypatch.setattr(backends, "backend_class", lambda suffix: Runtime)
    return target


def arguments(run: TinyRun, out: Path, *more: str) -> list[str]:
    return ["--target", "tflite", "--checkpoint", str(run.checkpoint), "--out", str(out), *more]


def photos_in(run: TinyRun, split: str) -> int:
    return len(list(Path(run.data.partition(":")[2], split).glob("*/*.png")))


def gate_of(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "gate.json").read_text()))


def refused(capsys: pytest.CaptureFixture[str], argv: list[str]) -> str:
    """The one line that `argv` is refused with, exit code 2."""
    capsys.readouterr()
    assert main(argv) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    return said[0]


def test_export_passes_signs_and_says_what_to_do_next(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keygen", str(tmp_path / "key")]) == 0
    out = tmp_path / "bundle"
    options = ["--scheme", "fp32", "--sign-key", str(tmp_path / "key"), "--strict", *LOOSE]
    assert main(arguments(tiny_run, out, *options)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "verdict: pass" in said
    assert f"python -m edge_app predict --bundle {out} --trusted-key {tmp_path / 'key'}.pub" in said
    opened = Bundle.open(out, trusted_keys=[bytes.fromhex((tmp_path / "key.pub").read_text().strip())])
    assert sorted(opened.files) == ["card.json", "gate.json", "golden.npz", "model.tflite", "report.html"]
    assert opened.card.gate is not None and opened.card.gate["verdict"] == "pass"
    assert opened.card.thresholds is not None
    assert opened.card.outputs == ("logits", "cam")
    assert opened.gate["size_bytes"] == (out / "model.tflite").stat().st_size
    assert opened.gate["photos"]["apart_from"] == ["training", "validation", "selection"]


def test_training_is_refused_when_the_checkpoint_has_no_recipe(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, arguments(tiny_run, tmp_path / "bundle", "--qat-epochs", "1"))
    assert "the checkpoint has no recipe" in said
    assert not list(tmp_path.iterdir())


def test_card_in_the_model_file_is_the_card_beside_it(tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path) -> None:
    assert main(arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32")) == 0
    inside = stand_in.read_card(tmp_path / "bundle" / "model.tflite")
    assert inside is not None
    assert from_json(inside) == from_json((tmp_path / "bundle" / "card.json").read_text())


def test_verify_accepts_a_whole_bundle_and_refuses_a_changed_one(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["keygen", str(tmp_path / "key")])
    out = tmp_path / "bundle"
    main(arguments(tiny_run, out, "--scheme", "fp32", "--sign-key", str(tmp_path / "key")))
    checked = ["verify", str(out), "--trusted-key", str(tmp_path / "key.pub")]
    assert main(checked) == 0
    said = capsys.readouterr().out
    assert "signed by the trusted key" in said and "4 golden photos agree in stand-in 1.0" in said
    with (out / "report.html").open("a") as file:
        file.write("!")
    assert "report.html" in refused(capsys, checked)


def test_sign_signs_a_whole_bundle_and_refuses_a_changed_one(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["keygen", str(tmp_path / "key")])
    plain, out = tmp_path / "plain", tmp_path / "signed"
    main(arguments(tiny_run, plain, "--scheme", "fp32"))
    wanted = ["sign", str(plain), str(out), "--sign-key", str(tmp_path / "key")]
    assert main(wanted) == 0
    assert main(["verify", str(out), "--trusted-key", str(tmp_path / "key.pub")]) == 0
    assert (out / "model.tflite").read_bytes() == (plain / "model.tflite").read_bytes()
    capsys.readouterr()
    with (plain / "report.html").open("a") as file:
        file.write("!")
    assert "report.html" in refused(capsys, [*wanted[:2], str(tmp_path / "other"), *wanted[3:]])
    assert not (tmp_path / "other").exists()


def test_inconclusive_is_a_bundle_and_exits_4_only_when_strict(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tiny_run, tmp_path / "a", "--scheme", "fp32")) == 0
    printed = capsys.readouterr()
    said = " ".join(printed.out.split())
    assert "verdict: inconclusive" in said and "more of" in said
    few = f"warning: {photos_in(tiny_run, 'val')} selection photos; a temperature needs 100, so none is fitted"
    assert few in printed.err.splitlines()
    assert main(arguments(tiny_run, tmp_path / "b", "--scheme", "fp32", "--strict")) == 4
    assert gate_of(tmp_path / "b")["verdict"] == "inconclusive"
    assert Bundle.open(tmp_path / "b", allow_unsigned=True).gate["verdict"] == "inconclusive"


def test_failing_candidate_is_rejected_and_the_older_bundle_stays(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert main(arguments(tiny_run, out, "--scheme", "fp32")) == 0
    before = (out / "manifest.json").read_bytes()
    assert main(arguments(tiny_run, out, "--scheme", "static8")) == 3
    assert (out / "manifest.json").read_bytes() == before
    aside = tmp_path / "rejected" / "bundle"
    assert gate_of(aside)["verdict"] == "fail"
    assert "Fail" in (aside / "report.html").read_text()
    controls = gate_of(aside)["negative_control"]
    assert [one["verdict"] for one in controls] == ["fail", "fail"]  # type: ignore[attr-defined]
    assert not (aside / "manifest.json").exists()
    said = " ".join(capsys.readouterr().out.split())
    assert "no bundle was written" in said and "try --scheme fp32" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "rejected"]


def test_photos_given_many_times_settle_no_more_than_once(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for photos in Path(tiny_run.data.partition(":")[2], "test").iterdir():
        (tmp_path / "many" / photos.name).mkdir(parents=True)
        for photo in sorted(photos.iterdir())[:2]:
            for copy in range(60):
                (tmp_path / "many" / photos.name / f"{copy}-{photo.name}").hardlink_to(photo)
    argv = arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32", "--gate-data", f"folder:{tmp_path / 'many'}")
    assert main([*argv, "--report", str(tmp_path / "report")]) == 0
    gate = gate_of(tmp_path / "bundle")
    assert gate["verdict"] == "inconclusive"
    photos = gate["photos"]
    assert isinstance(photos, dict)
    assert (photos["count"], photos["clusters"], photos["repeated"]) == (360, 6, 354)
    said = "6 lesions or patients; 354 repeat others and add nothing"
    assert all(said in (tmp_path / "report" / page).read_text() for page in ("report.html", "report.md"))
    assert "354 of 360 gate photos repeat others pixel for pixel" in capsys.readouterr().err


def test_auto_takes_the_smallest_that_does_not_fail(tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path) -> None:
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE)) == 0
    gate = gate_of(tmp_path / "bundle")
    rows = {row["scheme"]: row for row in gate["candidates"]}  # type: ignore[attr-defined]
    assert gate["scheme"] == "dynamic8"
    assert (rows["static8"]["verdict"], rows["dynamic8"]["chosen"], rows["fp32"]["p50_ms"]) == ("fail", True, None)
    assert "is allowed" in rows["static8"]["why"]
    assert stand_in.calibrations == {"fp32": None, "dynamic8": None, "static8": photos_in(tiny_run, "train")}


def test_scheme_asked_for_is_timed_beside_a_float_file(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "paired_ratio", lambda one, other, rounds: 1.8)
    argv = arguments(tiny_run, tmp_path / "bundle", "--scheme", "dynamic8", "--report", str(tmp_path / "report"))
    assert main(argv) == 0
    assert list(stand_in.calibrations) == ["dynamic8", "fp32"]
    gate = gate_of(tmp_path / "bundle")
    jsonschema.validate(gate, schema("gate"))
    (row,) = gate["candidates"]  # type: ignore[misc]
    assert (row["scheme"], row["times_float"], row["slower_than_float"]) == ("dynamic8", 1.8, True)
    assert row["why"].endswith("; SLOWER than float (1.80 times its time)")
    assert "slower than float</span>" in (tmp_path / "report" / "report.html").read_text()
    assert " | 1.80 | " in (tmp_path / "report" / "report.md").read_text()


def test_interrupted_search_goes_on_where_it_stopped(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*args: object, scheme: str, **kwargs: object) -> Path:
        if scheme == "dynamic8":
            raise KeyboardInterrupt
        return convert(*args, scheme=scheme, **kwargs)  # type: ignore[arg-type]

    convert = stand_in.convert
    monkeypatch.setattr(conversion, "commit", lambda: "one commit")
    monkeypatch.setattr(stand_in, "convert", interrupted)
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE)) == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".bundle.search"]
    assert sorted(stand_in.calibrations) == ["fp32", "static8"]
    stand_in.calibrations.clear()
    monkeypatch.setattr(stand_in, "convert", convert)
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE)) == 0
    assert list(stand_in.calibrations) == ["dynamic8"]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert gate_of(tmp_path / "bundle")["scheme"] == "dynamic8"


def test_file_that_was_refused_stays_refused_after_an_interruption(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object, scheme: str, **kwargs: object) -> Path:
        if scheme == "dynamic8":
            raise KeyboardInterrupt
        return convert(*args, scheme=scheme, **kwargs)  # type: ignore[arg-type]

    stand_in.lies, convert = True, stand_in.convert
    monkeypatch.setitem(NOISE, "static8", 0.0)
    monkeypatch.setattr(conversion, "commit", lambda: "one commit")
    with monkeypatch.context() as patch:
        patch.setattr(stand_in, "convert", interrupted)
        assert main(arguments(tiny_run, tmp_path / "bundle")) == 130
    kept = [path.name for path in (tmp_path / ".bundle.search").rglob("*.tflite")]
    assert kept == ["model.tflite"]
    assert main(arguments(tiny_run, tmp_path / "bundle")) == 0
    gate = gate_of(tmp_path / "bundle")
    rows = {row["scheme"]: row for row in gate["candidates"]}  # type: ignore[attr-defined]
    assert gate["scheme"] == "fp32"
    assert "breaks its promise (int8 ops)" in rows["static8"]["why"]


def test_full_disk_at_the_end_costs_no_search(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(conversion, "commit", lambda: "one commit")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert "No space left on device" in refused(capsys, arguments(tiny_run, tmp_path / "bundle", *LOOSE))
    assert [path.name for path in tmp_path.iterdir()] == [".bundle.search"]
    stand_in.calibrations.clear()
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE)) == 0
    assert (stand_in.calibrations, [path.name for path in tmp_path.iterdir()]) == ({}, ["bundle"])


@pytest.mark.parametrize("error", [RuntimeError("kernel died"), MemoryError("kernel died"), KeyError("kernel died")])
def test_candidate_whose_converter_or_runtime_crashes_is_a_row(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def convert(*args: object, scheme: str, **kwargs: object) -> Path:
        if scheme == "static8":
            raise error
        return converting(*args, scheme=scheme, **kwargs)  # type: ignore[arg-type]

    def run(runtime: Runtime, image: np.ndarray) -> backends.Outputs:
        if runtime.scheme == "dynamic8":
            raise error
        return running(runtime, image)

    converting, running = stand_in.convert, Runtime.run
    monkeypatch.setattr(stand_in, "convert", convert)
    monkeypatch.setattr(Runtime, "run", run)
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE)) == 0
    gate = gate_of(tmp_path / "bundle")
    rows = {row["scheme"]: row["why"] for row in gate["candidates"]}  # type: ignore[attr-defined]
    assert gate["scheme"] == "fp32"
    assert rows["static8"] == f"could not be converted: {type(error).__name__}: {error}"
    assert rows["dynamic8"] == f"could not be run: {type(error).__name__}: {error}"


def test_error_of_our_own_is_not_hidden_where_it_is_the_only_target(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "judged", lambda *args: {}["mistake"])
    with pytest.raises(KeyError, match="mistake"):
        main(arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32"))
    assert list(tmp_path.iterdir()) == []


def test_broken_control_sets_the_file_aside(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that is not ruined stands for one that the gate does not see through."""
    monkeypatch.setitem(RUINS, ".tflite", lambda model, out: bool(shutil.copy(model, out)))
    said = refused(capsys, arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32"))
    assert "negative control: the gate fails no class of a ruined file (zeroed layer, called inconclusive)" in said
    assert not (tmp_path / "bundle").exists()
    assert (tmp_path / "unverified" / "bundle" / "model.tflite").is_file()


def test_working_report_is_written_beside_the_bundle_and_photos_stay_out_of_it(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path
) -> None:
    options = ["--scheme", "dynamic8", "--report", str(tmp_path / "report"), "--with-photos"]
    assert main(arguments(tiny_run, tmp_path / "bundle", *options)) == 0
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["gate.json", "report.html", "report.md"]
    assert "Changed photos" in (tmp_path / "report" / "report.html").read_text()
    assert "Changed photos" not in (tmp_path / "bundle" / "report.html").read_text()
    assert json.loads((tmp_path / "report" / "gate.json").read_text()) == gate_of(tmp_path / "bundle")


@pytest.mark.parametrize("place", ["bundle", "bundle/report", "older", "older/report"])
def test_working_report_that_would_spoil_a_bundle_is_refused(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    older = tmp_path / "older"
    assert main(arguments(tiny_run, older, "--scheme", "fp32")) == 0
    before = {path: path.read_bytes() for path in older.iterdir()}
    argv = arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32", "--report", str(tmp_path / place))
    assert f"report {tmp_path / place} " in refused(capsys, [*argv, "--with-photos"])
    assert {path: path.read_bytes() for path in older.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["older"]


def test_photos_are_not_shown_without_a_working_report(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "say where by --report DIR" in refused(capsys, arguments(tiny_run, tmp_path / "b", "--with-photos"))


def test_gate_json_holds_the_negative_control(tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path) -> None:
    assert main(arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32")) == 0
    controls = gate_of(tmp_path / "bundle")["negative_control"]
    assert [(one["name"], one["verdict"]) for one in controls] == [  # type: ignore[attr-defined]
        ("permuted head", "fail"),
        ("zeroed layer", "fail"),
    ]


def test_gate_command_says_nothing_when_the_control_is_broken(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32")) == 0
    monkeypatch.setattr(judging, "module_of", lambda model: stand_in)
    argv = ["gate", str(tmp_path / "bundle"), "--checkpoint", str(tiny_run.checkpoint)]
    capsys.readouterr()
    assert main(argv) == 0
    assert "control: the gate fails the two ruined files, as it must\nverdict: inconclusive" in capsys.readouterr().out
    monkeypatch.setitem(RUINS, ".tflite", lambda model, out: bool(shutil.copy(model, out)))
    assert "negative control: the gate fails no class of a ruined file" in refused(capsys, argv)
    assert "no class of a ruined file" in refused(capsys, [*argv, "--max-recall-drop", "0.999"])


def test_auto_measures_every_scheme_when_full(tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path) -> None:
    assert main(arguments(tiny_run, tmp_path / "bundle", *LOOSE, "--full", "--calibration-count", "16")) == 0
    rows = {row["scheme"]: row for row in gate_of(tmp_path / "bundle")["candidates"]}  # type: ignore[attr-defined]
    assert rows["fp32"]["verdict"] == "pass"
    assert stand_in.calibrations["static8"] == 16


def test_candidate_is_unverified_when_the_gate_cannot_run(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.broken = ("fp32",)
    said = refused(capsys, arguments(tiny_run, tmp_path / "bundle", "--scheme", "fp32"))
    assert "the gate could not run" in said
    assert sorted(path.name for path in (tmp_path / "unverified" / "bundle").iterdir()) == ["card.json", "model.tflite"]
    assert not (tmp_path / "bundle").exists()


def test_integer_file_that_computes_in_float_is_refused(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.lies = True
    said = refused(capsys, arguments(tiny_run, tmp_path / "bundle", "--scheme", "dynamic8"))
    assert "breaks its promise (int8 ops)" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["run@train", "run@val"])
def test_gate_photos_that_were_seen_are_refused(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str], spec: str
) -> None:
    said = refused(capsys, arguments(tiny_run, tmp_path / "bundle", "--gate-data", spec))
    count = photos_in(tiny_run, spec.removeprefix("run@"))
    assert f"{count} of {count} gate photos were seen in" in said
    assert list(tmp_path.iterdir()) == []


def test_gate_photos_in_another_folder_are_known_by_their_bytes(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = Path(tiny_run.data.partition(":")[2])
    shutil.copytree(photos / "test", tmp_path / "mine")
    stolen = sorted((photos / "train" / "nv").iterdir())[0]
    shutil.copy(stolen, tmp_path / "mine" / "nv" / "renamed.png")
    said = refused(capsys, arguments(tiny_run, tmp_path / "b", "--gate-data", f"folder:{tmp_path / 'mine'}"))
    count = photos_in(tiny_run, "test") + 1
    assert f"1 of {count} gate photos were seen in training (the same file): nv/renamed.png" in said


def test_selection_and_calibration_photos_may_not_judge(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, purpose in (("--selection-data", "selection"), ("--calibration-data", "calibration")):
        argv = arguments(tiny_run, tmp_path / "b", option, "run@test", "--scheme", "static8")
        assert f"gate photos were seen in {purpose}" in refused(capsys, argv)


def test_full_disk_leaves_the_older_bundle_whole(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "bundle"
    main(arguments(tiny_run, out, "--scheme", "fp32"))
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(capsys, arguments(tiny_run, out, "--scheme", "fp32"))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scheme", "int3"], "--scheme is 'int3'; allowed for tflite: fp32, dynamic8, static8, qat8, auto"),
        (
            ["--scheme", "static8_bias_smooth50"],
            "cures behind one of static8, dynamic8, w8, as in static8_bias",
        ),
        (["--scheme", "static8_mixed2"], "--scheme is 'static8_mixed2'; allowed for tflite: "),
        (["--scheme", "w8_smooth50"], "--scheme is 'w8_smooth50'; allowed for tflite: "),
        (["--scheme", "fp16_bias"], "--scheme is 'fp16_bias'; allowed for tflite: "),
        (["--recall-tolerance", "melanoma=0.01"], "unknown class 'melanoma'; allowed: bcc, nv, mel"),
        (["--recall-tolerance", "tier:deadly=0.01"], "unknown tier 'deadly'"),
        (["--max-recall-drop", "1.5"], "allowed: above 0 and below 1"),
        (["--max-accuracy-drop", "0"], "allowed: above 0 and below 1"),
        (["--max-accuracy-drop", "much"], "invalid float value"),
        (["--gate-data", "photos"], "is not understood; allowed: "),
        (["--gate-data", "run@holdout"], "allowed: run@train, run@val, run@test"),
        (["--gate-data", "folder:nowhere"], "does not exist"),
        (["--gate-data", "phantom:1"], "the model does not know akiec"),
        (["--selection-data", "ham10000:nowhere"], "does not exist"),
        (["--sign-key", "nowhere"], "signing key nowhere cannot be read"),
        (["--calibration-count", "1"], "allowed: 16 to 10000"),
        (["--threads", "0"], "allowed: 1 or more"),
        (["--seed", "-1"], "allowed: 0 or more"),
        (["--checkpoint", "nowhere.ckpt"], "checkpoint nowhere.ckpt does not exist"),
        (["--no-such-option"], "unrecognized arguments"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    said: str,
) -> None:
    assert said in refused(capsys, arguments(tiny_run, tmp_path / "bundle", *more))
    assert list(tmp_path.iterdir()) == []


def test_unknown_target_is_refused_in_one_line(
    tiny_run: TinyRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--target", "abacus", "--checkpoint", str(tiny_run.checkpoint), "--out", str(tmp_path / "b")]
    assert "'abacus'" in refused(capsys, argv)


def test_class_without_gate_photo_and_single_class_are_refused(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = Path(tiny_run.data.partition(":")[2])
    for codes, said in ((("nv", "mel"), "have no photo of bcc"), (("nv",), "photos of nv only")):
        for code in codes:
            shutil.copytree(photos / "test" / code, tmp_path / "-".join(codes) / code)
        spec = f"folder:{tmp_path / '-'.join(codes)}"
        assert said in refused(capsys, arguments(tiny_run, tmp_path / "out" / "b", "--gate-data", spec))
    assert not (tmp_path / "out" / "b").exists()


def test_damaged_checkpoints_are_refused(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tiny_run.checkpoint.read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    for name in ("cut.ckpt", "other.ckpt"):
        argv = ["--target", "tflite", "--checkpoint", str(tmp_path / name), "--out", str(tmp_path / "b")]
        assert name in refused(capsys, argv)


def test_missing_data_place_is_named_when_the_runs_data_are_gone(
    tiny_run: TinyRun,
    stand_in: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DERMEDGE_DATA", raising=False)
    content = torch.load(tiny_run.checkpoint, weights_only=True)
    described = json.loads(content["dermedge"])
    described["splits"]["data"] = "folder:gone"
    torch.save({**content, "dermedge": json.dumps(described)}, tmp_path / "moved.ckpt")
    argv = ["--target", "tflite", "--checkpoint", str(tmp_path / "moved.ckpt"), "--out", str(tmp_path / "b")]
    assert "DERMEDGE_DATA" in refused(capsys, argv)


def test_folder_with_other_files_is_not_replaced(
    tiny_run: TinyRun, stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "chapter.tex").write_text("precious")
    assert "is no bundle" in refused(capsys, arguments(tiny_run, tmp_path))
    assert (tmp_path / "chapter.tex").read_text() == "precious"


def test_inspect_refuses_what_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.tflite").write_text("x")
    assert "allowed: " in refused(capsys, ["inspect", str(tmp_path / "a.txt")])
    assert "no TFLite model" in refused(capsys, ["inspect", str(tmp_path / "a.tflite")])
    assert "does not exist" in refused(capsys, ["inspect", str(tmp_path / "none.tflite")])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/a/b\nc"), "/a/b c: permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device"),
        (OSError("odd"), "odd"),
    ],
)
def test_refusals_of_the_system_are_said_without_numbers(error: OSError, said: str) -> None:
    assert told(error) == said


def test_help_names_the_exit_codes_and_the_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "4 inconclusive" in said and "keygen OUT | verify BUNDLE | inspect FILE" in said
