from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime import golden
from edge_app.runtime.backends import Outputs
from edge_app.runtime.errors import BundleError
from tests.contracts.tiny_model import expected, golden_bytes


class Numpy:
    """A backend that computes the tiny model, with something added to its outputs."""

    name = "numpy 1"

    def __init__(self, of_logits: float = 0.0, of_cam: float = 0.0, *, has_cam: bool = True) -> None:
        self.of_logits, self.of_cam, self.has_cam = of_logits, of_cam, has_cam

    def run(self, image: np.ndarray) -> Outputs:
        outputs = expected(image)
        assert outputs.cam is not None
        return Outputs(outputs.logits + self.of_logits, outputs.cam + self.of_cam if self.has_cam else None)


def arrays(**changed: object) -> bytes:
    """golden.npz of zeros, with these arrays instead; None leaves one out."""
    good = {
        "images": np.zeros((2, 32, 32, 3), np.uint8),
        "logits": np.zeros((2, 4), np.float32),
        "cam": np.zeros((2, 4, 4, 4), np.float32),
        "tolerance": np.float32(0.1),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{name: value for name, value in (good | changed).items() if value is not None})
    return buffer.getvalue()


def test_check_is_silent_when_the_backend_agrees() -> None:
    golden.check(golden.read(golden_bytes(), 32, 4), Numpy())


@pytest.mark.parametrize(
    "backend",
    [Numpy(0.01), Numpy(of_cam=-0.01), Numpy(np.nan), Numpy(of_cam=np.nan), Numpy(np.inf), Numpy(has_cam=False)],
)
def test_check_refuses_a_backend_that_disagrees(backend: Numpy) -> None:
    with pytest.raises(BundleError, match=r"golden photo 1 of 2 differs by .* in numpy 1, at most 0.001 is allowed"):
        golden.check(golden.read(golden_bytes(), 32, 4), backend)


def test_check_needs_no_cam_when_the_bundle_has_none() -> None:
    read = golden.read(golden_bytes(), 32, 4)
    golden.check(golden.Golden(read.images, read.logits, None, read.tolerance), Numpy(has_cam=False))


def test_differences_are_the_largest_of_each_photo() -> None:
    found = golden.differences(golden.read(golden_bytes(), 32, 4), Numpy(0.25, 0.5))
    np.testing.assert_allclose(found, [0.5, 0.5], atol=1e-5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"images": np.zeros((2, 16, 16, 3), np.uint8)}, "the card says side 32"),
        ({"images": np.zeros((2, 32, 32, 3), np.float32)}, "the card says side 32"),
        ({"images": np.zeros((1, 32, 32, 3), np.uint8)}, "the card says side 32"),
        ({"images": np.array([{}], dtype=object)}, "cannot be read"),
        ({"logits": np.zeros((2, 5), np.float32)}, "has 5 classes; the card has 4"),
        ({"logits": np.zeros((0, 4), np.float32)}, "1 to 64 rows"),
        ({"logits": np.zeros(4, np.float32)}, "1 to 64 rows"),
        ({"logits": np.array([["a"] * 4] * 2)}, "not numbers"),
        ({"cam": np.zeros((2, 4, 4, 5), np.float32)}, "cam is"),
        ({"cam": np.array([[[["a"] * 4]]] * 2)}, "not numbers"),
        ({"tolerance": np.float32(-1)}, "tolerance is -1"),
        ({"tolerance": np.zeros(2)}, "cannot be read"),
        ({"tolerance": None}, "cannot be read"),
        ({"logits": None}, "cannot be read"),
    ],
)
def test_read_refuses_arrays_that_do_not_fit(changed: dict[str, object], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        golden.read(arrays(**changed), 32, 4)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_read_refuses_methods_that_unpack_without_bounds(method: int) -> None:
    """They ignore how much is asked for, and the directory may lie about how much there is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(arrays())) as plain, zipfile.ZipFile(packed, "w") as archive:
        for name in plain.namelist():
            archive.writestr(name, plain.read(name), compress_type=method if name == "images.npy" else None)
    with pytest.raises(BundleError, match="golden.npz is packed by a method other than deflate"):
        golden.read(packed.getvalue(), 32, 4)


def test_read_refuses_what_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "UNPACKED_BYTES_MAX", 1000)
    with pytest.raises(BundleError, match="at most 1000 are allowed"):
        golden.read(arrays(), 32, 4)


@given(st.integers(0, 10**9), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_read_raises_nothing_but_bundle_error_when_a_byte_is_flipped(place: int, change: int) -> None:
    content = bytearray(golden_bytes(count=1))
    content[place % len(content)] ^= change
    try:
        golden.read(bytes(content), 32, 4)
    except BundleError as error:
        assert "\n" not in str(error)
