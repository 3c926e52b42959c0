"""The executor as a backend: the contract of every backend, on the contract suite's model computed by hand."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edge_app.runtime.errors import BackendError
from export.mil.backend import BGR, NAME, MilBackend, OverflowWarning, open_mil_backend
from export.mil.load import MODEL, load_spec
from export.targets import coreml
from tests.contracts.tiny_model import BIAS, CELL_PX, CODES, SIDE_PX, WEIGHTS, expected, images


class HandMade(nn.Module):
    """The contract suite's model, times `gain` and divided again: a large gain overflows float16 between."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = gain
        self.head = nn.Conv2d(3, len(CODES), 1)
        self.head.weight.data = torch.from_numpy(WEIGHTS.T.copy())[:, :, None, None]
        self.head.bias.data = torch.from_numpy(BIAS.copy())

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        cells = nn.functional.avg_pool2d(image / 127.5 - 1.0, CELL_PX)
        cam = (self.head(cells) * self.gain).relu() - (self.head(cells) * -self.gain).relu()
        cam = (cam / self.gain).permute(0, 2, 3, 1)
        return {"logits": cam.mean(dim=(1, 2)), "cam": cam}


def written(module: nn.Module, scheme: str, folder: Path) -> Path:
    path = folder / f"{scheme}.mlpackage"
    return coreml.convert(module.eval(), side_px=SIDE_PX, scheme=scheme, calibration=None, out=path)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(HandMade(), "fp32", tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def backend(path: Path) -> MilBackend:
    return open_mil_backend(path)


def test_run_gives_the_logits_and_cam_computed_by_hand(backend: MilBackend) -> None:
    for image in images(4, seed=2):
        found, wanted = backend.run(image), expected(image)
        np.testing.assert_allclose(found.logits, wanted.logits, atol=1e-5)
        assert found.cam is not None and wanted.cam is not None
        np.testing.assert_allclose(found.cam, wanted.cam, atol=1e-5)
        assert found.logits.dtype == found.cam.dtype == np.float32


def test_run_rounds_to_float16_when_the_file_and_the_precision_say_so(tmp_path: Path) -> None:
    path, image = written(HandMade(), "fp16", tmp_path), images(1, seed=2)[0]
    wanted = expected(image).logits
    exact, rounded = (open_mil_backend(path, p).run(image).logits for p in ("fp32", "fp16"))
    assert np.abs(rounded - wanted).max() < 0.02
    assert not np.array_equal(exact, rounded)
    np.testing.assert_array_equal(rounded, rounded.astype(np.float16).astype(np.float32))


def test_name_says_what_the_executor_is_and_is_not(backend: MilBackend) -> None:
    assert backend.name == f"{NAME}, fp32"
    assert "semantics of the file, not the Neural Engine's kernels" in backend.name


def test_run_answers_the_same_when_the_image_is_not_contiguous(backend: MilBackend) -> None:
    mirrored = images(1, seed=4)[0][:, ::-1]
    np.testing.assert_array_equal(backend.run(mirrored).logits, backend.run(mirrored.copy()).logits)


def test_run_keeps_earlier_outputs_when_called_again(backend: MilBackend) -> None:
    first, second = images(2, seed=5)
    outputs = backend.run(first)
    kept = outputs.logits.copy()
    backend.run(second)
    np.testing.assert_array_equal(outputs.logits, kept)


def test_run_answers_each_image_when_called_from_several_threads(backend: MilBackend) -> None:
    photos = images(8, seed=6)
    alone = [backend.run(photo).logits for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda photo: backend.run(photo).logits, photos))
    np.testing.assert_array_equal(np.stack(together), np.stack(alone))


def test_run_refuses_an_image_that_is_not_the_models_square(backend: MilBackend) -> None:
    with pytest.raises(BackendError, match=r"the model takes uint8 \[32, 32, 3\]"):
        backend.run(np.zeros((SIDE_PX, SIDE_PX, 3), np.float32))


def test_run_gives_blue_first_to_a_file_that_wants_it(path: Path, tmp_path: Path) -> None:
    spec, copy = load_spec(path), tmp_path / "bgr.mlpackage"
    spec.description.input[0].type.imageType.colorSpace = BGR
    (copy / MODEL).parent.mkdir(parents=True)
    (copy / MODEL).write_bytes(spec.SerializeToString())
    (copy / MODEL).parent.joinpath("weights").symlink_to((path / MODEL).parent / "weights")
    image = images(1, seed=7)[0]
    found = open_mil_backend(copy).run(np.ascontiguousarray(image[:, :, ::-1])).logits
    np.testing.assert_allclose(found, expected(image).logits, atol=1e-5)


def test_overflow_warns_once_with_the_op_and_stays_in_the_notes(tmp_path: Path) -> None:
    path, image = written(HandMade(gain=60000.0), "fp16", tmp_path), images(1, seed=2)[0]
    backend = open_mil_backend(path, "fp16")
    with pytest.warns(OverflowWarning, match=r"fp16\.mlpackage: \w+ \S+: \d+ of \d+ numbers overflow"):
        backend.run(image)
    assert any("overflow float16" in line for line in backend.numeric_notes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backend.run(image)


def test_open_refuses_a_file_without_an_image_input(save_program: Any) -> None:
    path = save_program(lambda mb, x: mb.relu(x=x, name="logits"), np.ones((1, 3), np.float32))
    with pytest.raises(BackendError, match=r"takes \['multiArrayType'\]; the contract is one square RGB image"):
        open_mil_backend(path)


def test_open_refuses_a_file_without_logits(path: Path, tmp_path: Path) -> None:
    class Nameless(nn.Module):
        def forward(self, image: Tensor) -> dict[str, Tensor]:
            return {"logits": image.mean(dim=(2, 3), keepdim=True)}

    with pytest.raises(BackendError, match=r"has the outputs .*the contract is logits \[1, K\]"):
        open_mil_backend(written(Nameless(), "fp32", tmp_path))
