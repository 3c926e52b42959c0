"""Several targets in one run: shared photos, one table, the worst exit code, and one failure that stops no other."""

from __future__ import annotations

import copy
import errno
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from edge_app.runtime import backends
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConversionError
from export import conversion, finishing, preflight
from export.cli import main
from export.gate.ruin import RUINS
from export.job import Export
from export.quantize import auto, trial
from export.targets import schemes
from tests.export.stand_in import Runtime, StandIn, ruin
from tests.export.tiny_run import TinyRun

LOOSE = ["--max-recall-drop", "0.35", "--max-accuracy-drop", "0.1"]


class Targets:
    """A stand-in for each target; how often photos were gathered."""

    def __init__(self) -> None:
        self.modules: dict[str, StandIn] = {}
        for name in ("tflite", "onnx"):
            module = copy.copy(StandIn())
            module.NAME, module.SUFFIX = name, f".{name}"
            self.modules[name] = module
        self.gathered = 0


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> Targets:
    found = Targets()

    def gather(*args: object, **options: object) -> object:
        found.gathered += 1
        return gathering(*args, **options)  # type: ignore[arg-type]

    gathering = conversion.gather
    for name in found.modules:
        monkeypatch.setitem(schemes.SCHEMES, name, StandIn.SCHEMES)
    monkeypatch.setattr(conversion, "target_module", lambda name: found.modules[name])
    monkeypatch.setattr(finishing, "static_checks", lambda model, target, scheme: [])
    monkeypatch.setitem(RUINS, ".tflite", ruin)
    monkeypatch.setitem(RUINS, ".onnx", ruin)
    monkeypatch.setattr(auto, "CURES", {})
    monkeypatch.setattr(trial, "paired_ratio", lambda one, other, rounds: 1.0)
    monkeypatch.setattr(conversion, "gather", gather)
    monkeypatch.setattr(preflight, "refuse_missing_tools", lambda target: None)
    monkeypatch.setattr(backends, "backend_class", lambda suffix: Runtime)
    return found


def arguments(run: TinyRun, out: Path, *more: str) -> list[str]:
    both = ["--target", "tflite", "--target", "onnx"]
    return [*both, "--checkpoint", str(run.checkpoint), "--out", str(out), *more]


def test_each_target_gets_a_bundle_from_photos_gathered_once(
    tiny_run: TinyRun, targets: Targets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tiny_run, tmp_path / "out", "--scheme", "fp32", *LOOSE)) == 0
    assert targets.gathered == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["onnx", "tflite"]
    for name in ("tflite", "onnx"):
        bundle = Bundle.open(tmp_path / "out" / name, allow_unsigned=True)
        assert (bundle.card.target, bundle.gate["target"], bundle.model_name) == (name, name, f"model.{name}")
    said = capsys.readouterr().out
    table = said[said.index("Targets, on the gate's photos") :]
    rows = {line.split()[0]: line.split() for line in table.splitlines() if line.split()[:1] in (["tflite"], ["onnx"])}
    assert rows["tflite"][1:5] == ["fp32", "0.01", "100.0", "%"] and "pass" in rows["onnx"]


@pytest.mark.parametrize(
    ("failing", "code"),
    [((), 4), (("onnx",), 3)],
)
def test_exit_code_is_the_worst_of_all(
    tiny_run: TinyRun,
    targets: Targets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: tuple[str, ...],
    code: int,
) -> None:
    """A scheme that ruins one target: its stand-in writes a file that answers with noise."""
    for name in failing:
        monkeypatch.setattr(targets.modules[name], "convert", ruined(targets.modules[name]))
    assert main(arguments(tiny_run, tmp_path / "out", "--scheme", "fp32", "--strict")) == code
    places = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert places == (["rejected", "tflite"] if failing else ["onnx", "tflite"])


def ruined(module: StandIn):  # type: ignore[no-untyped-def]
    """A `convert` whose file is called `scheme` and answers as static8, by noise."""

    def convert(network: object, *, scheme: str, out: Path, **options: object) -> Path:
        module.module = network  # type: ignore[assignment]
        Runtime.target = module
        out.write_bytes(b"static8".ljust(5000, b"."))
        return out

    return convert


def test_target_that_comes_to_nothing_stops_no_other(
    tiny_run: TinyRun,
    targets: Targets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*args: object, **options: object) -> Path:
        raise ConversionError("this network has an op that the format has not")

    monkeypatch.setattr(targets.modules["tflite"], "convert", refuse)
    assert main(arguments(tiny_run, tmp_path / "out", "--scheme", "fp32")) == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["onnx"]
    said = capsys.readouterr()
    assert "error: tflite: this network has an op that the format has not" in said.err
    assert "none" in said.out[said.out.index("Targets") :]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on device"),
        (RuntimeError("segment of 3\n bytes"), "RuntimeError: segment of 3 bytes"),
        (MemoryError(), "MemoryError"),
    ],
)
@pytest.mark.parametrize("stage", ["convert", "judged"])
def test_target_that_fails_unforeseen_stops_no_other(
    tiny_run: TinyRun,
    targets: Targets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
    stage: str,
) -> None:
    """By its converter, or later by what is no converter and no runtime."""

    def fail(*args: object, **options: object) -> Path:
        raise error

    def fail_for_one(export: Export, *args: Any) -> Any:
        return fail() if export.target.NAME == "tflite" else judged(export, *args)

    judged = conversion.judged
    if stage == "convert":
        monkeypatch.setattr(targets.modules["tflite"], "convert", fail)
    else:
        monkeypatch.setattr(conversion, "judged", fail_for_one)
    assert main(arguments(tiny_run, tmp_path / "out", "--scheme", "fp32")) == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["onnx"]
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == f"error: tflite: {said}"
    assert "none" in printed.out[printed.out.index("Targets") :]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_nothing_is_left_behind_when_a_signal_ends_it(
    tiny_run: TinyRun,
    targets: Targets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    code: int,
) -> None:
    seen: list[str] = []

    def interrupted(*args: object, **options: object) -> Path:
        seen.extend(path.name for path in (tmp_path / "out").iterdir())
        os.kill(os.getpid(), number)
        raise AssertionError("the signal was not raised")

    monkeypatch.setattr(targets.modules["tflite"], "convert", interrupted)
    # A shell starts what runs in its background with Ctrl-C switched off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGTERM)
    assert main(arguments(tiny_run, tmp_path / "out", "--scheme", "fp32")) == code
    assert len(seen) == 2 and list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err.splitlines()[-1].endswith("; nothing is left half written")
    assert signal.getsignal(signal.SIGTERM) is before
