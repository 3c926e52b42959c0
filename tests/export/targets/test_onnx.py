"""The ONNX target: every scheme answers as the float model does, and says of itself what it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from edge_app.runtime.backends import open_backend
from edge_app.runtime.errors import ConversionError
from export.lowering import lower
from export.quantize.ranges import Range
from export.targets import onnx as target
from export.targets import onnx_quantize
from export.targets.onnx_quantize import dynamic_with, fixed
from export.targets.onnx_read import load_onnx
from tests.export.lowering.random_models import random_image, reference_logits, trained_model

SIDE_PX = 56
SWIN = {"img_size": SIDE_PX, "embed_dim": 64, "depths": (2, 2), "num_heads": (2, 4)}
# Largest difference of the logits to timm's, over the largest logit; the weights are random, so steps add up.
TOLERANCES = {"fp32": 1e-5, "fp16": 5e-3, "w8": 0.1, "dynamic8": 0.1, "static8": 0.1}
PRODUCTS = {"stem": 1, "blocks": 4 * 6, "merge": 1, "head": 1}
WITHOUT_WEIGHTS = 4 * 2
SCRIPT = """
import sys
from pathlib import Path
from export.lowering import lower
from export.targets import onnx
from tests.export.lowering.random_models import random_image, trained_model
trained = trained_model("swin_tiny_patch4_window7_224", 56, img_size=56, embed_dim=32, depths=(2,), num_heads=(1,))
module, out = lower(trained, temperature=1.0), Path(sys.argv[1])
onnx.convert(module, side_px=56, scheme="static8", calibration=[random_image(56)[0].numpy()], out=out)
onnx.embed_card(out, "{}")
"""


def photos(count: int) -> list[np.ndarray]:
    """uint8 `[S, S, 3]`: noise of different brightness, so that ranges differ."""
    return [(random_image(SIDE_PX, seed)[0].numpy() // (1 + seed % 3)).astype(np.uint8) for seed in range(count)]


@pytest.fixture(scope="module")
def trained():
    return trained_model("swin_tiny_patch4_window7_224", SIDE_PX, **SWIN)


@pytest.fixture(scope="module")
def files(trained, tmp_path_factory) -> dict[str, Path]:
    """One file of each scheme."""
    folder, module = tmp_path_factory.mktemp("onnx"), lower(trained, temperature=1.0)
    made = {
        scheme: target.convert(
            module, side_px=SIDE_PX, scheme=scheme, calibration=photos(8), out=folder / scheme / "model.onnx"
        )
        for scheme in target.SCHEMES
    }
    assert sorted(path.name for path in folder.rglob("*")) == sorted([*target.SCHEMES, *["model.onnx"] * len(made)])
    return made


@pytest.mark.parametrize("scheme", target.SCHEMES)
def test_file_answers_as_timm_does(files, trained, scheme):
    backend = open_backend(files[scheme], threads=1)
    for photo in photos(3):
        expected = reference_logits(trained, torch.from_numpy(photo)[None])[0].numpy()
        found = backend.run(photo)
        assert np.abs(found.logits - expected).max() < TOLERANCES[scheme] * np.abs(expected).max()
        np.testing.assert_allclose(found.cam.mean(axis=(0, 1)), found.logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("scheme", "int8", "int8_activations"), [("fp32", 0, 0), ("fp16", 0, 0), ("dynamic8", 25, 25), ("static8", 25, 25)]
)
def test_inspect_counts_the_products_that_compute_in_8_bits(files, scheme, int8, int8_activations):
    facts = target.inspect(files[scheme])
    assert facts.linear_ops == sum(PRODUCTS.values()) + WITHOUT_WEIGHTS
    assert (facts.int8_ops, facts.int8_activation_ops) == (int8, int8_activations)


def test_inspect_counts_8_bit_weights_of_float_products_when_the_scheme_is_w8(files):
    facts = target.inspect(files["w8"])
    assert facts.int8_ops >= 25 and facts.int8_activation_ops == 0


@pytest.mark.parametrize("scheme", target.SCHEMES)
def test_inspect_finds_rank_4_no_gather_and_the_contract_of_inputs_and_outputs(files, scheme):
    facts = target.inspect(files[scheme])
    assert facts.max_rank == 4 and "Gather" not in facts.ops
    assert [(t.name, t.dtype, t.shape) for t in facts.inputs] == [("image", "UINT8", (1, SIDE_PX, SIDE_PX, 3))]
    assert [(t.name, t.dtype, t.shape) for t in facts.outputs] == [
        ("logits", "FLOAT", (1, 7)),
        ("cam", "FLOAT", (1, 7, 7, 7)),
    ]
    assert facts.size_bytes == files[scheme].stat().st_size


def test_fp32_has_one_op_for_each_norm_and_activation(files):
    ops = target.inspect(files["fp32"]).ops
    assert (ops["LayerNormalization"], ops["Gelu"], ops["Softmax"]) == (4 * 2 + 3, 4, 4)


def test_files_shrink_with_their_weights(files):
    sizes = {scheme: path.stat().st_size for scheme, path in files.items()}
    assert sizes["fp16"] < 0.6 * sizes["fp32"]
    assert max(sizes["w8"], sizes["dynamic8"], sizes["static8"]) < 0.45 * sizes["fp32"]


def test_convert_writes_the_same_bytes_when_called_twice(files, trained, tmp_path):
    again = target.convert(
        lower(trained, temperature=1.0), side_px=SIDE_PX, scheme="w8", calibration=None, out=tmp_path / "model.onnx"
    )
    assert again.read_bytes() == files["w8"].read_bytes()


def test_card_is_read_back_and_replaced_without_changing_answers(files, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(files["static8"].read_bytes())
    assert target.read_card(path) is None
    target.embed_card(path, '{"name": "first"}')
    target.embed_card(path, '{"name": "zweite Fassung: ü"}')
    assert target.read_card(path) == '{"name": "zweite Fassung: ü"}'
    photo = photos(1)[0]
    before, after = (open_backend(p, threads=1).run(photo).logits for p in (files["static8"], path))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("scheme", "complaint"), [("int4", "no scheme 'int4'; allowed are fp32, fp16"), ("static8", "calibration photos")]
)
def test_convert_refuses_in_one_line_and_writes_nothing(trained, tmp_path, scheme, complaint):
    with pytest.raises(ConversionError, match=complaint) as refusal:
        target.convert(
            lower(trained, temperature=1.0), side_px=SIDE_PX, scheme=scheme, calibration=[], out=tmp_path / "m.onnx"
        )
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(100), b"\x08\x08\x3a\x00"])
def test_inspect_refuses_in_one_line_when_the_file_is_no_model(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ConversionError, match=r"model\.onnx") as refusal:
        target.inspect(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.slow
def test_nothing_is_written_outside_the_output_folder(tmp_path):
    home, out = tmp_path / "home", tmp_path / "out" / "model.onnx"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT, str(out)],
        env={**kept, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []
    assert [path.name for path in out.parent.iterdir()] == ["model.onnx"]


def test_onnxruntime_joins_every_product_of_static8_to_one_op_and_looks_for_no_extremes(files, tmp_path):
    """What makes it faster than dynamic8; another version of onnxruntime may look for another pattern."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 4
    onnxruntime.InferenceSession(files["static8"], options, providers=["CPUExecutionProvider"])
    ops = Counter(node.op_type for node in load_onnx(tmp_path / "optimized.onnx").graph.node)
    assert ops["MatMulIntegerToFloat"] == target.inspect(files["static8"]).int8_ops
    assert not ops.keys() & {"MatMulInteger", "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "QGemm"}


def test_static8_stores_nothing_that_is_not_read(files):
    graph = load_onnx(files["static8"]).graph
    assert {tensor.name for tensor in graph.initializer} <= {name for node in graph.node for name in node.input}


def test_fixed_names_what_has_no_range(files, tmp_path):
    dynamic = dynamic_with(files["fp32"], tmp_path, ())
    with pytest.raises(ConversionError, match="static8 has no range for "):
        fixed(dynamic, {})


def test_static8_is_read_back_to_see_that_its_ranges_are_the_photos(files, tmp_path, monkeypatch):
    """A writer that takes other ranges than it was given is not believed."""
    true = onnx_quantize.fixed
    monkeypatch.setattr(
        onnx_quantize, "fixed",
        lambda model, given: true(model, {name: Range(0.5 * one.low, 0.5 * one.high)
                                          for name, one in given.items()}),
    )  # fmt: skip
    with pytest.raises(ConversionError, match="its photos were not used"):
        onnx_quantize.static_products(files["fp32"], tmp_path, photos(4), lambda line: None)
