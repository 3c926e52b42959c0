"""A few phantoms with the shipped file's answers, so that every phone can prove its own arithmetic."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.labels import Label
from train.data.phantom import PhantomSource, phantom_jpeg

COUNT = 4
SEED = 20260
SIDE_PX = 320
# Largest difference that another runtime may show, as a share of the outputs' range. In float32 only the order of sums
# differs, in float16 roundings add up; where activations are integers, a value between two steps may fall either way.
SHARES = {"fp32": 1e-3, "w8": 1e-3, "fp16": 0.02}
SHARE_INTEGER = 0.05


def golden_images(classifier: Classifier) -> np.ndarray:
    """Phantoms of the model's first classes, fitted: uint8 [4, S, S, 3]."""
    rule = classifier.card.fit
    sources = [PhantomSource(code, 0, SEED, SIDE_PX) for code in golden_codes(classifier.card.labels)]
    return np.stack([photo.fit(photo.load(phantom_jpeg(source), rule.resize_px), rule) for source in sources])


def golden_codes(labels: Sequence[Label]) -> list[str]:
    """Classes to draw: the project's own, whatever the model calls its; the answers need not be right."""
    drawn = ["mel", "nv", "vasc", "mpox"]
    known = [label.code for label in labels if label.code in drawn]
    return (known + [code for code in drawn if code not in known])[:COUNT]


def golden_npz(classifier: Classifier) -> bytes:
    """The content of golden.npz: images, logits, cam where there is one, tolerance."""
    images = golden_images(classifier)
    outputs = [classifier.outputs(image) for image in images]
    arrays = {"images": images, "logits": np.stack([out.logits for out in outputs])}
    cams = [out.cam for out in outputs if out.cam is not None]
    if len(cams) == len(outputs):
        arrays["cam"] = np.stack(cams)
    largest = max(float(np.ptp(arrays[name])) for name in arrays if name != "images")
    share = SHARES.get(classifier.card.scheme, SHARE_INTEGER)
    buffer = io.BytesIO()
    arrays["tolerance"] = np.array(share * largest, np.float32)
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
