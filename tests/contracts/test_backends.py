"""What the classifier may expect of any backend, run over every one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.backends import BACKENDS, Backend, open_backend
from edge_app.runtime.errors import BackendError
from tests.contracts.backend_cases import CASES, BackendCase
from tests.contracts.tiny_model import CODES, SIDE_PX, expected, images


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.model.name)
def case(request: pytest.FixtureRequest) -> BackendCase:
    return request.param


@pytest.fixture(scope="module")
def backend(case: BackendCase) -> Backend:
    return open_backend(case.model, threads=1)


def test_run_gives_the_logits_and_cam_of_the_model_when_given_an_image(backend: Backend, case: BackendCase) -> None:
    for image in images(4, seed=2):
        found, wanted = backend.run(image), expected(image)
        np.testing.assert_allclose(found.logits, wanted.logits, atol=case.tolerance)
        assert found.cam is not None and wanted.cam is not None
        np.testing.assert_allclose(found.cam, wanted.cam, atol=case.tolerance)


def test_run_gives_float32_without_a_batch_dimension_when_given_an_image(backend: Backend) -> None:
    found = backend.run(images(1, seed=3)[0])
    assert found.logits.dtype == np.float32 and found.logits.shape == (len(CODES),)
    assert found.cam is not None and found.cam.dtype == np.float32 and found.cam.shape == (4, 4, len(CODES))


def test_run_answers_the_same_when_the_image_is_not_contiguous(backend: Backend) -> None:
    image = images(1, seed=4)[0]
    mirrored = image[:, ::-1]
    np.testing.assert_array_equal(backend.run(mirrored).logits, backend.run(mirrored.copy()).logits)


def test_run_keeps_earlier_outputs_when_called_again(backend: Backend) -> None:
    first, second = images(2, seed=5)
    outputs = backend.run(first)
    kept = outputs.logits.copy()
    backend.run(second)
    np.testing.assert_array_equal(outputs.logits, kept)


def test_run_answers_each_image_when_called_from_several_threads(backend: Backend) -> None:
    photos = images(16, seed=6)
    alone = [backend.run(photo).logits for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda photo: backend.run(photo).logits, photos))
    np.testing.assert_array_equal(np.stack(together), np.stack(alone))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((SIDE_PX, SIDE_PX, 3), np.float32),
        np.zeros((SIDE_PX, SIDE_PX + 1, 3), np.uint8),
        np.zeros((SIDE_PX, SIDE_PX), np.uint8),
        np.zeros((1, SIDE_PX, SIDE_PX, 3), np.uint8),
    ],
    ids=["float", "not square", "grey", "batched"],
)
def test_run_raises_backend_error_when_the_image_is_not_the_models_square(backend: Backend, image: np.ndarray) -> None:
    with pytest.raises(BackendError, match=r"the model takes uint8 \[32, 32, 3\]"):
        backend.run(image)


def test_name_says_runtime_and_version_when_opened(backend: Backend) -> None:
    runtime, version = backend.name.split(" ", 1)
    assert runtime.isidentifier()
    assert version[0].isdigit()


def test_open_takes_verified_bytes_when_the_model_is_one_file(case: BackendCase) -> None:
    if case.model.is_dir():
        return
    backend = open_backend(Path("model").with_suffix(case.model.suffix), 1, content=case.model.read_bytes())
    image = images(1, seed=7)[0]
    np.testing.assert_allclose(backend.run(image).logits, expected(image).logits, atol=case.tolerance)


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(5000)], ids=["empty", "text", "zeros"])
def test_open_raises_backend_error_in_one_line_when_the_file_is_no_model(
    case: BackendCase, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"model{case.model.suffix}"
    path.write_bytes(content)
    with pytest.raises(BackendError) as caught:
        open_backend(path, 1)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


def test_open_raises_backend_error_when_the_file_is_missing(case: BackendCase, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="absent"):
        open_backend(tmp_path / f"absent{case.model.suffix}", 1)


def test_open_raises_backend_error_naming_the_suffixes_when_the_suffix_is_unknown() -> None:
    with pytest.raises(BackendError, match=r"'\.pt' is unknown; use one of \.tflite, \.onnx, \.mlpackage"):
        open_backend(Path("model.pt"))


def test_every_suffix_names_a_module_and_a_class() -> None:
    assert {suffix: target.count(":") for suffix, target in BACKENDS.items()} == dict.fromkeys(BACKENDS, 1)
