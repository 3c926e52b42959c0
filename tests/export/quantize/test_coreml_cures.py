"""Treated ML Programs hold what their treatment says, and cures bring their answers nearer to the float model's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.lowering import lower
from export.mil.backend import open_mil_backend
from export.quantize import coreml_bias
from export.quantize.coreml_cures import GROUPS, CoremlCures
from export.quantize.coreml_rehearsal import biases_of, means, with_shifts
from export.quantize.treatment import Treatment
from export.targets.coreml_activations import activations_in, executor_of, image_of, linear_ops, main_block
from export.targets.coreml_facts import inspect
from export.targets.coreml_float import weights_of
from export.targets.coreml_package import write_package
from tests.export.tiny_run import TinyRun, draw
from train.checkpoint import load_checkpoint

PHOTOS = 6


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [draw(rng) for _ in range(PHOTOS)]


@pytest.fixture(scope="module")
def cures(tiny_run: TinyRun, photos: list[np.ndarray]) -> CoremlCures:
    trained = load_checkpoint(tiny_run.checkpoint)
    return CoremlCures(lower(trained, temperature=1.0, layout="nchw"), trained.fit.side_px, photos, lambda line: None)


def logits(path: Path, photos: list[np.ndarray]) -> np.ndarray:
    backend = open_mil_backend(path, "fp32")
    return np.stack([backend.run(photo).logits for photo in photos])


def test_shifted_bias_moves_what_its_op_makes(cures: CoremlCures, photos: list[np.ndarray]) -> None:
    plain, model = cures.executor("w8", is_float=True), cures.content("w8")
    sites = coreml_bias.biased(model)
    first = next(iter(sites))
    before = means(plain, [first], photos[:1])[first]
    shift = np.linspace(-0.5, 0.5, before.size)
    moved = coreml_bias.with_biases(model, sites, {first: biases_of(plain, [first])[first] + shift})
    written = means(executor_of(moved.get_spec(), weights_of(moved)), [first], photos[:1])[first]
    rehearsed = means(with_shifts(plain, {first: shift}), [first], photos[:1])[first]
    assert len(sites) > 20
    assert written - before == pytest.approx(shift, abs=2e-3)
    assert rehearsed - before == pytest.approx(shift, abs=2e-3)


@pytest.mark.parametrize(
    "treatment",
    [Treatment(base="w8", bias=True), Treatment(base="w8a8"), Treatment(base="w8a8", floats=(1,))],
    ids=lambda one: one.key,
)
def test_rehearsal_answers_like_the_file(
    cures: CoremlCures, photos: list[np.ndarray], tmp_path: Path, treatment: Treatment
) -> None:
    """Up to the rounding of what the file stores as float16."""
    written = logits(cures.write(treatment, tmp_path / "file.mlpackage"), photos)
    plain = np.stack([cures.executor("w8", is_float=True).run(image_of(one))["logits"][0].numpy() for one in photos])
    off = np.abs(cures.preview(treatment, photos) - written).max()
    assert off < 0.05 * np.abs(written - plain).max() + 1e-5


@pytest.mark.slow
def test_bias_correction_brings_mean_logits_back_when_weights_are_8_bit(
    cures: CoremlCures, photos: list[np.ndarray], tmp_path: Path
) -> None:
    model = cures.content("w8")
    write_package(model.get_spec(), weights_of(model), tmp_path / "float.mlpackage")
    wanted = logits(tmp_path / "float.mlpackage", photos).mean(axis=0)
    plain = logits(cures.write(Treatment(base="w8"), tmp_path / "w8.mlpackage"), photos).mean(axis=0)
    cured = logits(cures.write(Treatment(base="w8", bias=True), tmp_path / "b.mlpackage"), photos).mean(axis=0)
    assert np.abs(cured - wanted).max() < 0.1 * np.abs(plain - wanted).max() + 2e-3


def eight_bit_inputs(model: Any) -> int:
    """How many linear ops read a value that went through 8 bits."""
    ops = linear_ops(main_block(model.get_spec()))
    return sum(operation.inputs["x"].arguments[0].name.endswith("_dequantized") for operation in ops)


def test_islands_leave_their_ops_in_float(cures: CoremlCures, tmp_path: Path) -> None:
    model = cures.content("w8a8")
    found = cures.found(Treatment(base="w8a8"))
    groups = (0, 3)
    islands = [name for group in groups for name in cures.stretches[group]]
    count = len(linear_ops(main_block(model.get_spec())))
    assert cures.groups == GROUPS
    assert eight_bit_inputs(activations_in(model, found)) == count - 2
    assert eight_bit_inputs(activations_in(model, found, islands)) == count - 2 - len(islands)
    plain = inspect(cures.write(Treatment(base="w8a8"), tmp_path / "plain.mlpackage"))
    mixed = inspect(cures.write(Treatment(base="w8a8", floats=groups), tmp_path / "mixed.mlpackage"))
    assert 0 < mixed.int8_activation_ops < plain.int8_activation_ops
