"""golden.npz: a few phantoms and the outputs expected of them, so that a phone can prove its own arithmetic.

images uint8 [n, S, S, 3]; logits float32 [n, K]; cam float32 [n, h, w, K] (where the model has it);
tolerance: the largest absolute difference that the export allows.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.backends import Backend, Outputs
from edge_app.runtime.errors import BundleError
from edge_app.runtime.members import METHODS

GOLDEN_MAX = 64
UNPACKED_BYTES_MAX = 200_000_000
TOLERANCE_MAX = 100.0
READ_ERRORS = (OSError, ValueError, EOFError, KeyError, TypeError, SyntaxError, MemoryError, NotImplementedError,
               OverflowError, zipfile.BadZipFile, zlib.error)  # fmt: skip


@dataclass(frozen=True)
class Golden:
    """Photos with the answers that the exported file gave when it was written; shapes as in golden.npz."""

    images: np.ndarray
    logits: np.ndarray
    cam: np.ndarray | None
    tolerance: float


def read(content: bytes, side_px: int, classes: int) -> Golden:
    """The arrays in `content`; BundleError unless they fit a model of this side and number of classes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(info.compress_type not in METHODS for info in archive.infolist()):
                raise BundleError("golden.npz is packed by a method other than deflate: not made by us")
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > UNPACKED_BYTES_MAX:
            raise BundleError(f"golden.npz unpacks to {unpacked} bytes; at most {UNPACKED_BYTES_MAX} are allowed")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            images, logits, tolerance = arrays["images"], arrays["logits"], float(arrays["tolerance"])
            cam = arrays["cam"] if "cam" in arrays.files else None
    except READ_ERRORS as error:
        raise BundleError(f"golden.npz cannot be read ({error}); export the model again") from error
    golden = Golden(images, logits, cam, tolerance)
    check_shapes(golden, side_px, classes)
    return golden


def check_shapes(golden: Golden, side_px: int, classes: int) -> None:
    """BundleError unless all arrays have one length and the model's shapes."""
    for name, array in (("logits", golden.logits), ("cam", golden.cam)):
        if array is not None and not np.issubdtype(array.dtype, np.floating):
            raise BundleError(f"golden.npz {name} are {array.dtype}, not numbers; allowed: float32")
    count = len(golden.logits) if golden.logits.ndim == 2 else 0
    if not 1 <= count <= GOLDEN_MAX:
        raise BundleError(f"golden.npz logits are {list(golden.logits.shape)}; allowed: 1 to {GOLDEN_MAX} rows")
    if golden.images.shape != (count, side_px, side_px, 3) or golden.images.dtype != np.uint8:
        raise BundleError(f"golden.npz images are {list(golden.images.shape)}; the card says side {side_px} px, uint8")
    if golden.logits.shape[1] != classes:
        raise BundleError(f"golden.npz has {golden.logits.shape[1]} classes; the card has {classes}")
    cam = golden.cam
    if cam is not None and (cam.ndim != 4 or cam.shape[0] != count or cam.shape[3] != classes):
        raise BundleError(f"golden.npz cam is {list(cam.shape)}; allowed: [{count}, h, w, {classes}]")
    if not 0.0 <= golden.tolerance <= TOLERANCE_MAX:
        raise BundleError(f"golden.npz tolerance is {golden.tolerance}; allowed: 0 to {TOLERANCE_MAX:g}")


def differences(golden: Golden, backend: Backend) -> list[float]:
    """The largest absolute difference of each photo, over logits and cam; NaN where an output is not finite."""
    pairs = [(index, backend.run(image)) for index, image in enumerate(golden.images)]
    return [difference(golden, index, outputs) for index, outputs in pairs]


def difference(golden: Golden, index: int, outputs: Outputs) -> float:
    """The largest absolute difference of photo `index`; infinite where the shapes are not the expected ones."""
    wanted = golden.logits[index]
    if outputs.logits.shape != wanted.shape:
        return float("inf")
    largest = float(np.max(np.abs(outputs.logits.astype(np.float64) - wanted)))
    if golden.cam is None:
        return largest
    if outputs.cam is None or outputs.cam.shape != golden.cam[index].shape:
        return float("inf")
    return float(np.max([largest, np.max(np.abs(outputs.cam.astype(np.float64) - golden.cam[index]))]))


def check(golden: Golden, backend: Backend) -> None:
    """BundleError unless `backend` gives the expected outputs within the tolerance (NaN is never within)."""
    for number, found in enumerate(differences(golden, backend), 1):
        if not found <= golden.tolerance:
            raise BundleError(
                f"golden photo {number} of {len(golden.logits)} differs by {found:.4g} in {backend.name}, at most"
                f" {golden.tolerance:.4g} is allowed: this runtime does not compute the model as it was checked"
            )
