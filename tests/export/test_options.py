"""What may be asked of an export, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError
from export.options import Options, Source, parse
from export.targets import TARGETS

NEEDED = ["--checkpoint", "best.ckpt", "--out", "out"]
FOREIGN = ["--arch", "resnet50", "--labels", "labels.txt"]


def parsed(*argv: str) -> Options:
    return parse([*argv, *NEEDED], "export.py")


def test_one_target_goes_to_the_folder_itself_and_several_below_it() -> None:
    assert parsed("--target", "onnx").out_of("onnx") == Path("out")
    several = parsed("--target", "onnx", "--target", "tflite", "--target", "onnx")
    assert several.targets == ("tflite", "onnx")
    assert several.out_of("tflite") == Path("out/tflite")
    assert parsed("--target", "onnx", "--target", "all").targets == tuple(TARGETS)


def test_options_of_a_foreign_model_are_taken_as_numbers() -> None:
    options = parsed("--target", "all", *FOREIGN, "--side", "96", "--mean", "0.5", "0.5", "0.5", "--std", "1", "1", "1")
    assert (options.foreign, options.side_px, options.mean, options.std) == (True, 96, (0.5,) * 3, (1.0,) * 3)
    assert not parsed("--target", "all").foreign


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--arch", "resnet50"], "--arch goes with --labels"),
        (["--labels", "labels.txt"], "--labels goes with --arch"),
        (["--side", "96"], "--side goes with --arch"),
        (["--mean", "0.5", "0.5", "0.5"], "--mean goes with --arch"),
        ([*FOREIGN, "--side", "8"], "--side is 8; allowed: 16 to 2048 px"),
        ([*FOREIGN, "--std", "0", "1", "1"], "--std is 0 1 1; allowed: three numbers above 0 to 1"),
        ([*FOREIGN, "--mean", "124", "116", "104"], "--mean is 124 116 104; allowed: three numbers from 0 to 1"),
        ([*FOREIGN, "--mean", "nan", "0", "0"], "--mean is nan 0 0; allowed"),
        (["--scheme", "qat8"], "--qat-epochs is 0 with --scheme qat8; allowed: 1 or more with auto or qat8"),
        (["--scheme", "static8", "--qat-epochs", "2"], "--qat-epochs is 2 with --scheme static8; allowed"),
        (["--qat-epochs", "-1"], "--qat-epochs is -1 with --scheme auto; allowed"),
        ([*FOREIGN, "--qat-epochs", "1"], "--qat-epochs needs a run's own training photos"),
        (["--target", "abacus"], "invalid choice: 'abacus'"),
    ],
)
def test_contradictions_are_refused_in_one_line(more: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refusal:
        parsed("--target", "tflite", *more)
    assert "\n" not in str(refusal.value)


@given(st.lists(st.floats(), max_size=5))
def test_colours_are_three_shares_or_refused(values: list[float]) -> None:
    fits = len(values) == 3 and all(0.0 <= value <= 1.0 for value in values)
    try:
        Source(checkpoint=Path("a"), arch="resnet50", labels=Path("b"), mean=tuple(values))
    except ConfigError as refusal:
        assert not fits and "\n" not in str(refusal)
    else:
        assert fits
