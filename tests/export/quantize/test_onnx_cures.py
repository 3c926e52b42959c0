"""Treated ONNX files hold what their treatment says, and cures bring their answers nearer to the float model's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.backends import open_backend
from export.lowering import lower
from export.quantize import onnx_bias
from export.quantize.onnx_cures import OnnxCures
from export.quantize.treatment import Treatment
from export.targets.onnx_facts import inspect
from export.targets.onnx_read import constants
from tests.export.tiny_run import TinyRun, draw
from train.checkpoint import load_checkpoint

PHOTOS = 12


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [draw(rng) for _ in range(PHOTOS)]


@pytest.fixture(scope="module")
def cures(tiny_run: TinyRun, photos: list[np.ndarray]) -> OnnxCures:
    trained = load_checkpoint(tiny_run.checkpoint)
    return OnnxCures(lower(trained, temperature=1.0, layout="nhwc"), trained.fit.side_px, photos, lambda line: None)


def logits(path: Path, photos: list[np.ndarray]) -> np.ndarray:
    backend = open_backend(path, 1)
    return np.stack([backend.run(photo).logits for photo in photos])


@pytest.mark.slow
def test_bias_correction_brings_mean_logits_back_when_weights_are_8_bit(
    cures: OnnxCures, photos: list[np.ndarray], tmp_path: Path
) -> None:
    (tmp_path / "float.onnx").write_bytes(cures.content.SerializeToString())
    wanted = logits(tmp_path / "float.onnx", photos).mean(axis=0)
    plain = logits(cures.write(Treatment(base="w8"), tmp_path / "w8.onnx"), photos).mean(axis=0)
    cured = logits(cures.write(Treatment(base="w8", bias=True), tmp_path / "bias.onnx"), photos).mean(axis=0)
    assert np.abs(cured - wanted).max() < 0.02 * np.abs(plain - wanted).max() + 1e-4


def test_islands_leave_their_products_in_float_and_ranges_are_those_asked_for(
    cures: OnnxCures, photos: list[np.ndarray], tmp_path: Path
) -> None:
    plain = inspect(cures.write(Treatment(), tmp_path / "plain.onnx"))
    mixed = inspect(cures.write(Treatment(floats=(0, 5)), tmp_path / "mixed.onnx"))
    left = len(cures.stretches[0]) + len(cures.stretches[5])
    assert cures.groups == 16
    assert mixed.int8_activation_ops == plain.int8_activation_ops - left
    percentile = cures.write(Treatment(ranges="percentile"), tmp_path / "percentile.onnx")
    assert not np.array_equal(logits(tmp_path / "plain.onnx", photos[:2]), logits(percentile, photos[:2]))


def test_halves_of_the_calibration_photos_are_compared(cures: OnnxCures) -> None:
    found = cures.stability(Treatment())
    assert found["tensors"] > 20
    assert 1.0 < found["median_step_ratio"] <= found["worst_step_ratio"]


@pytest.mark.parametrize("treatment", [Treatment(), Treatment(floats=(1,)), Treatment(base="dynamic8")])
def test_biases_moved_in_a_quantized_file_are_those_of_a_file_made_with_them(
    cures: OnnxCures, photos: list[np.ndarray], treatment: Treatment, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    sites = onnx_bias.biased(cures.content)
    known = constants(cures.content)
    shifts = {name: rng.normal(0.0, 0.05, known[site.bias].dims[-1]) for name, site in sites.items()}
    plain = cures.quantized(treatment, tmp_path, cures.content)
    made = cures.quantized(treatment, tmp_path, onnx_bias.with_shifts(cures.content, sites, shifts))
    files = {"plain": plain, "moved": onnx_bias.with_shifts(plain, sites, shifts), "made": made}
    for name, model in files.items():
        (tmp_path / f"{name}.onnx").write_bytes(model.SerializeToString())
    found = {name: logits(tmp_path / f"{name}.onnx", photos[:4]) for name in files}
    # A bias in whole steps is rounded once here and twice there: a step in some channels.
    apart = np.abs(found["moved"] - found["made"]).mean()
    assert apart < 0.05 * np.abs(found["moved"] - found["plain"]).mean()
