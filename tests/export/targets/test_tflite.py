"""A .tflite of every scheme answers like timm, holds what its scheme promises, and keeps its card."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime.backends import open_backend
from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from export.quantize.tflite_graph import Graph
from export.targets import target
from export.targets import tflite as tflite_target
from export.targets.tflite_biases import is_bare
from export.targets.tflite_card import model_bytes
from tests.export.lowering.random_models import reference_logits, trained_model

SIDE_PX = 64
SCHEMES = ("fp32", "fp16", "w8", "dynamic8", "static8")
TEMPERATURE = 1.5
ROOT = Path(__file__).resolve().parents[3]
OLD_RUNTIME = ROOT / ".venv-old-runtime/bin/python"


@pytest.fixture(scope="module")
def trained() -> SimpleNamespace:
    return trained_model("mobilevitv2_050", SIDE_PX)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    """Smooth random photos: noise alone would leave the ranges of photos unseen."""
    rng = np.random.default_rng(0)
    coarse = [rng.integers(0, 256, (8, 8, 3)).repeat(8, 0).repeat(8, 1) for _ in range(8)]
    return [np.clip(c + rng.integers(-20, 20, c.shape), 0, 255).astype(np.uint8) for c in coarse]


@pytest.fixture(scope="module")
def files(trained, photos, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tflite")
    module = lower(trained, temperature=TEMPERATURE)
    return {
        scheme: tflite_target.convert(
            module, side_px=SIDE_PX, scheme=scheme, calibration=photos, out=folder / f"{scheme}.tflite"
        )
        for scheme in SCHEMES
    }


@pytest.mark.slow
@pytest.mark.parametrize("level", [0, 128, 255])
def test_convert_normalises_exactly_once_when_photos_are_flat(files, trained, level):
    image = np.full((SIDE_PX, SIDE_PX, 3), level, np.uint8)
    expected = reference_logits(trained, torch.from_numpy(image)[None]).numpy()[0] / TEMPERATURE
    assert np.abs(open_backend(files["fp32"]).run(image).logits - expected).max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "limit"), zip(SCHEMES, (1e-5, 5e-3, 0.1, 0.1, 0.2), strict=True))
def test_convert_answers_like_timm_when_scheme_varies(files, trained, photos, scheme, limit):
    """`limit` is a share of the spread of timm's own logits over the photos."""
    expected = np.stack([reference_logits(trained, torch.from_numpy(p)[None]).numpy()[0] for p in photos]) / TEMPERATURE
    backend = open_backend(files[scheme])
    found = np.stack([backend.run(photo).logits for photo in photos])
    assert np.abs(found - expected).max() < limit * np.ptp(expected)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_convert_gives_the_contract_when_scheme_varies(files, scheme):
    facts = tflite_target.inspect(files[scheme])
    assert [(i.name, i.dtype, i.shape) for i in facts.inputs] == [("image", "UINT8", (1, SIDE_PX, SIDE_PX, 3))]
    assert {(o.name, o.dtype, o.shape) for o in facts.outputs} == {
        ("logits", "FLOAT32", (1, 7)),
        ("cam", "FLOAT32", (1, 2, 2, 7)),
    }
    assert facts.max_rank == 4


@pytest.mark.slow
def test_convert_gives_logits_as_the_mean_of_cam(files, photos):
    outputs = open_backend(files["fp32"]).run(photos[0])
    assert outputs.cam is not None
    assert np.allclose(outputs.cam.mean(axis=(0, 1)), outputs.logits, atol=1e-5)


@pytest.mark.slow
def test_inspect_counts_8_bit_operators_when_scheme_varies(files):
    facts = {scheme: tflite_target.inspect(path) for scheme, path in files.items()}
    assert [facts[s].int8_ops for s in ("fp32", "fp16", "w8")] == [0, 0, 0]
    assert facts["dynamic8"].int8_activation_ops == 0 < facts["dynamic8"].int8_ops
    assert facts["static8"].int8_activation_ops > facts["static8"].linear_ops / 2
    assert facts["static8"].size_bytes < 0.5 * facts["fp32"].size_bytes
    assert facts["fp16"].size_bytes < 0.6 * facts["fp32"].size_bytes


@pytest.mark.slow
def test_convert_leaves_norm_and_softmax_in_float_when_static(files):
    facts = tflite_target.inspect(files["static8"])
    assert facts.ops["SOFTMAX"] == 6  # three blocks of stage 5 have a single patch and no softmax
    assert facts.ops["RSQRT"] == 21
    assert all(output.dtype == "FLOAT32" for output in facts.outputs)


@pytest.mark.slow
def test_convert_uses_the_calibration_photos_when_static(trained, files, photos, tmp_path):
    module = lower(trained, temperature=TEMPERATURE)
    tflite_target.float_model.__globals__["_converted"][module] = files["fp32"].read_bytes()
    dark = [np.zeros_like(photos[0])] * 2
    wrong = tflite_target.convert(
        module, side_px=SIDE_PX, scheme="static8", calibration=dark, out=tmp_path / "dark.tflite"
    )
    right, ruined = open_backend(files["static8"]).run(photos[0]), open_backend(wrong).run(photos[0])
    exact = open_backend(files["fp32"]).run(photos[0])
    assert np.abs(ruined.logits - exact.logits).max() > 3 * np.abs(right.logits - exact.logits).max()


@pytest.mark.slow
@pytest.mark.parametrize("calibration", [None, [], np.zeros((0, 64, 64, 3), np.uint8)])
def test_convert_refuses_in_one_line_when_static_and_no_photos(trained, files, tmp_path, calibration):
    module = lower(trained, temperature=1.0)
    tflite_target.float_model.__globals__["_converted"][module] = files["fp32"].read_bytes()
    with pytest.raises(ConversionError, match="calibration photos"):
        tflite_target.convert(
            module, side_px=SIDE_PX, scheme="static8", calibration=calibration, out=tmp_path / "a.tflite"
        )
    assert list(tmp_path.iterdir()) == []


def test_convert_refuses_when_scheme_is_unknown(tmp_path):
    with pytest.raises(ConversionError, match="'int3'.*fp32"):
        tflite_target.convert(
            torch.nn.Identity(), side_px=64, scheme="int3", calibration=None, out=tmp_path / "a.tflite"
        )


@pytest.mark.slow
def test_embed_card_replaces_the_card_when_there_is_one(files, photos, tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(files["fp32"].read_bytes())
    assert tflite_target.read_card(path) is None
    tflite_target.embed_card(path, '{"name": "first"}')
    once = path.read_bytes()
    tflite_target.embed_card(path, '{"name": "again"}')
    assert tflite_target.read_card(path) == '{"name": "again"}'
    assert len(path.read_bytes()) == len(once)
    exact = open_backend(files["fp32"]).run(photos[0]).logits
    assert np.array_equal(open_backend(path).run(photos[0]).logits, exact)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 4 + b"TFL3" + b"\xff" * 40])
def test_inspect_refuses_in_one_line_when_file_is_no_model(tmp_path, content):
    path = tmp_path / "bad.tflite"
    path.write_bytes(content)
    with pytest.raises(ConversionError):
        tflite_target.inspect(path)


@pytest.mark.slow
@settings(max_examples=40)
@given(data=st.data())
def test_inspect_answers_or_refuses_when_file_is_damaged(files, tmp_path_factory, data):
    content = bytearray(files["static8"].read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damaged") / "m.tflite"
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), place]))])
    with suppress(ConversionError):
        assert tflite_target.inspect(path).size_bytes > 0


def test_target_names_what_is_allowed_when_unknown():
    with pytest.raises(Exception, match="tflite"):
        target("tensorrt")


@pytest.mark.slow
@pytest.mark.skipif(
    not OLD_RUNTIME.is_file(), reason="tflite-runtime exists for Python 3.11 alone; `make test` sets it up"
)
def test_the_last_tflite_runtime_answers_like_the_newest_one(files, photos, tmp_path):
    np.save(tmp_path / "photos.npy", np.stack(photos))
    command = [str(OLD_RUNTIME), str(Path(__file__).parent / "run_tflite.py"), "photos.npy", "logits.npz"]
    run = subprocess.run(
        [*command, *map(str, files.values())], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "tflite_runtime 2.14.0"
    old = np.load(tmp_path / "logits.npz")
    for scheme, limit in zip(SCHEMES, (1e-5, 1e-5, 1e-5, 0.05, 0.05), strict=True):
        new = np.stack([open_backend(files[scheme]).run(photo).logits for photo in photos])
        assert np.abs(old[scheme] - new).max() < limit * np.ptp(new), scheme


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_fully_connected_layer_has_a_bias(files, scheme):
    """tflite-runtime 2.14 for arm64 ends by SIGSEGV on an 8-bit layer without one."""
    graph = Graph(model_bytes(files[scheme]))
    layers = [op for op, name in enumerate(graph.ops) if name == "FULLY_CONNECTED"]
    assert layers and not any(is_bare(graph, op) for op in layers)
    added = [op for op in layers if graph.name(int(graph.graph.operators[op].inputs[2])).endswith(";zeros")]
    assert added or scheme != "fp32"
