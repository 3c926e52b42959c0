"""Treated TFLite files of a small network, with the real quantizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.runtime.backends import open_backend
from export.gate.ruin import ruined
from export.quantize.tflite_bias import Draft, Held, bias_of, biased, with_shifts
from export.quantize.tflite_cures import TfliteCures
from export.quantize.tflite_graph import Graph
from export.quantize.tflite_islands import linear_ops
from export.quantize.treatment import Treatment
from export.targets.tflite_facts import inspect

SIDE_PX = 32


class Small(nn.Module):
    """Four convolutions and a head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        sizes = (3, 8, 16, 16, 16)
        self.layers = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes)])
        self.head = nn.Linear(16, 5)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        x = (image.float() / 255.0 - 0.5).permute(0, 3, 1, 2)
        for layer in self.layers:
            x = nn.functional.silu(layer(x) * 2.0)
        return {"logits": self.head(x.mean((2, 3)))}


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8) for _ in range(24)]


@pytest.fixture(scope="module")
def cures(photos: list[np.ndarray]) -> Iterator[TfliteCures]:
    yield TfliteCures(Small().eval(), SIDE_PX, photos, lambda line: None)


def logits_of(model: Path, photos: list[np.ndarray]) -> np.ndarray:
    backend = open_backend(model, 1)
    return np.stack([backend.run(photo).logits for photo in photos])


@pytest.fixture(scope="module")
def float_logits(cures: TfliteCures, photos: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    model = tmp_path_factory.mktemp("float") / "model.tflite"
    model.write_bytes(cures.content)
    return logits_of(model, photos)


@pytest.mark.slow
def test_bias_correction_takes_the_mean_error_back(
    cures: TfliteCures, photos: list[np.ndarray], float_logits: np.ndarray, tmp_path: Path
) -> None:
    errors = {}
    for treatment in (Treatment(ranges="min_max"), Treatment(ranges="min_max", bias=True)):
        model = cures.write(treatment, tmp_path / f"{treatment.key}.tflite")
        errors[treatment.scheme] = np.abs((logits_of(model, photos) - float_logits).mean(axis=0)).max()
    assert errors["static8_minmax_bias"] < 0.3 * errors["static8_minmax"]


@pytest.mark.slow
def test_groups_left_float_are_float_and_bring_the_logits_nearer(
    cures: TfliteCures, photos: list[np.ndarray], float_logits: np.ndarray, tmp_path: Path
) -> None:
    plain, mixed = Treatment(), Treatment(floats=(0, 1, 2))
    files = {t.key: cures.write(t, tmp_path / f"{t.key}.tflite") for t in (plain, mixed)}
    counts = {key: inspect(model).int8_activation_ops for key, model in files.items()}
    assert cures.groups == counts[plain.key] == counts[mixed.key] + 3
    errors = {key: np.abs(logits_of(model, photos) - float_logits).mean() for key, model in files.items()}
    assert errors[mixed.key] < errors[plain.key]


@pytest.mark.slow
def test_halves_of_random_photos_agree(cures: TfliteCures) -> None:
    found = cures.stability(Treatment())
    assert found["tensors"] > 4
    assert 1.0 <= found["median_step_ratio"] < 1.1


@pytest.mark.slow
def test_ruined_copy_of_every_treatment_answers_alike(
    cures: TfliteCures, photos: list[np.ndarray], tmp_path: Path
) -> None:
    for treatment in (Treatment(), Treatment(floats=(0,)), Treatment(base="w8", bias=True)):
        model = cures.write(treatment, tmp_path / f"{treatment.key}.tflite")
        found = logits_of(ruined(model, tmp_path / f"{treatment.key}-ruined.tflite"), photos[:4])
        assert np.ptp(found, axis=0).max() == 0.0


@pytest.mark.slow
def test_shifts_move_the_bias_and_nothing_else(cures: TfliteCures, tmp_path: Path, photos: list[np.ndarray]) -> None:
    head = [op for op in linear_ops(cures.graph) if cures.graph.is_output(cures.graph.output(op))]
    assert len(head) == 1 and bias_of(cures.graph, head[0]) is not None
    moved = tmp_path / "moved.tflite"
    moved.write_bytes(with_shifts(cures.content, {head[0]: np.arange(5.0)}))
    model = tmp_path / "model.tflite"
    model.write_bytes(cures.content)
    assert logits_of(moved, photos[:3]) - logits_of(model, photos[:3]) == pytest.approx(
        np.tile(np.arange(5.0), (3, 1)), abs=1e-5
    )
    assert Graph(moved.read_bytes()).ops == cures.graph.ops


@pytest.mark.slow
@pytest.mark.parametrize("treatment", [Treatment(), Treatment(floats=(0,)), Treatment(base="dynamic8")])
def test_biases_moved_in_a_quantized_model_are_those_of_a_model_made_with_them(
    cures: TfliteCures, photos: list[np.ndarray], treatment: Treatment
) -> None:
    rng = np.random.default_rng(0)
    ops = biased(cures.graph)
    shifts = {op: rng.normal(0.0, 0.05, cures.graph.shape(cures.graph.output(op))[-1]) for op in ops}
    plain = Draft(Held(cures.quantized(treatment, cures.content), cures.graph, ops))
    made = Draft(Held(cures.quantized(treatment, with_shifts(cures.content, shifts)), cures.graph, ops))
    moved, wanted, before = (
        draft.means(ops[-1:], photos[:4])[ops[-1]] for draft in (replace(plain, shifts=shifts), made, plain)
    )
    # A bias in whole steps is rounded once here and twice there: a step in some channels.
    assert np.abs(moved - wanted).mean() < 0.05 * np.abs(moved - before).mean()
    assert np.array_equal(plain.means(ops[-1:], photos[:4])[ops[-1]], before)


@pytest.fixture(scope="module", params=["static8", "dynamic8", "w8", "fp16"])
def looked_at(request: pytest.FixtureRequest, cures: TfliteCures) -> tuple[Held, list[int]]:
    """A quantized model, and its operators with a bias; in fp16 they take weights that another operator makes."""
    ops = biased(cures.graph)
    return Held(cures.quantized(Treatment(base=request.param), cures.content), cures.graph, ops), ops


def afresh(held: Held, op: int, photos: list[np.ndarray], shifts: dict[int, np.ndarray]) -> np.ndarray:
    """What `op` makes on average in the whole model."""
    held.reached = None
    return held.means([op], photos, shifts)[op]


@pytest.mark.slow
def test_a_look_goes_on_where_the_last_one_stopped(
    looked_at: tuple[Held, list[int]], photos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, ops = looked_at
    rng, shifts, begun, found = np.random.default_rng(0), dict[int, np.ndarray](), list[int](), []
    whole, held.reached = held.windows.window, None
    monkeypatch.setattr(held.windows, "window", lambda first, *rest: begun.append(first) or whole(first, *rest))
    for op in ops:
        found.append(held.means([op], photos[:4], shifts)[op])
        shifts[op] = rng.normal(0.0, 0.5, found[-1].shape)
    # Each look begins at the operator looked at before it.
    assert begun == [0, *(held.places[op] for op in ops[:-1])]
    for number, op in enumerate(ops):
        before = {other: shifts[other] for other in ops[:number]}
        assert np.array_equal(found[number], afresh(held, op, photos[:4], before))
    if not held.biases:  # fp16: weights and biases are made of halves
        assert len(held.windows.fixed) >= len(ops)


@pytest.mark.slow
def test_a_look_at_other_photos_or_with_other_biases_before_it_begins_anew(
    looked_at: tuple[Held, list[int]], photos: list[np.ndarray]
) -> None:
    held, ops = looked_at
    moved = {ops[0]: np.full(8, 0.5)} if held.biases else {}
    for images, shifts in ((photos[:4], {}), (photos[4:8], {}), (photos[4:8], moved), (photos[4:7], moved)):
        found = held.means(ops[2:3], images, shifts)[ops[2]]
        assert np.array_equal(found, afresh(held, ops[2], images, shifts))
    held.means(ops[2:3], photos[:4], {})
    assert np.array_equal(held.means(ops[:1], photos[:4], {})[ops[0]], afresh(held, ops[0], photos[:4], {}))
