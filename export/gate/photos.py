"""Photos decoded once and shared by every candidate, with what tells them apart: hash and lesion or patient."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError, GateError, PhotoError
from edge_app.runtime.labels import Label
from export.gate.clusters import clusters_of
from export.progress import track
from train.data.sample import Dataset, Sample, bytes_of

# Above this the pixels live in an unnamed file, so that memory stays bounded whatever the data set's size.
IN_MEMORY_BYTES_MAX = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class PhotoSet:
    """`images` uint8 [N, S, S, 3] as the phone fits them; `truth` int [N] indexes the model's labels.

    `groups` names each photo's lesion or patient, `archives` where those names come from; `hashes` are SHA-256 of the
    files, `pixels` of the images; `clusters` int [N] numbers lesions or patients, copies counted with what they copy.
    `skin_types` int [N] are Fitzpatrick's, 1 to 6, 0 where the data do not say.
    """

    name: str
    ids: tuple[str, ...]
    images: np.ndarray
    truth: np.ndarray
    groups: tuple[str, ...]
    clusters: np.ndarray
    hashes: tuple[str, ...]
    pixels: tuple[str, ...]
    archives: tuple[str, ...] = ("",)
    skin_types: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)


def decode(dataset: Dataset, labels: Sequence[Label], rule: FitRule, what: str) -> PhotoSet:
    """Every photo of `dataset`, loaded and fitted like on the phone; DataError names a photo that cannot be read."""
    truth = indices_of(dataset, labels, what)
    images = pixel_store((len(dataset.samples), rule.side_px, rule.side_px, 3))
    hashes = []
    for i, sample in enumerate(track(dataset.samples, f"decode {what} photos")):
        content = bytes_of(sample)
        hashes.append(hashlib.sha256(content).hexdigest())
        images[i] = fitted(sample, content, rule)
    groups = tuple(sample.group for sample in dataset.samples)
    pixels = tuple(hashlib.sha256(image.tobytes()).hexdigest() for image in images)
    return PhotoSet(
        name=public_name(dataset.spec),
        ids=tuple(sample.id for sample in dataset.samples),
        images=images,
        truth=truth,
        groups=groups,
        clusters=clusters_of(groups, pixels),
        hashes=tuple(hashes),
        pixels=pixels,
        archives=dataset.archives,
        skin_types=np.array([sample.metadata.get("fitzpatrick") or 0 for sample in dataset.samples]),
    )


def fitted(sample: Sample, content: bytes, rule: FitRule) -> np.ndarray:
    """One photo as uint8 [S, S, 3]."""
    try:
        return photo.fit(photo.load(content, rule.resize_px), rule)
    except PhotoError as error:
        raise DataError(f"{sample.id} ({sample.source}): {error}") from error


def pixel_store(shape: tuple[int, ...]) -> np.ndarray:
    """An uninitialised uint8 array, in memory or, when it is large, in a file that vanishes with it."""
    if np.prod(shape) <= IN_MEMORY_BYTES_MAX:
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.uint8, mode="w+", shape=shape)


def indices_of(dataset: Dataset, labels: Sequence[Label], what: str) -> np.ndarray:
    """Index into the model's `labels` of each sample, int64 [N]; DataError for photos of other classes."""
    codes = [label.code for label in labels]
    held = {sample.label for sample in dataset.samples}
    for k in sorted(held):
        code = dataset.labels[k].code
        if code not in codes:
            raise DataError(
                f"{what} data {dataset.spec} have photos of {code!r}, which the model does not know;"
                f" its classes are {', '.join(codes)}"
            )
    if len(held) < 2:
        found = ", ".join(dataset.labels[k].code for k in held) or "no class"
        raise DataError(f"{what} data {dataset.spec} have photos of {found} only; at least two classes are needed")
    own = np.array([codes.index(label.code) if label.code in codes else -1 for label in dataset.labels])
    return own[[sample.label for sample in dataset.samples]]


def refuse_missing_classes(photos: PhotoSet, labels: Sequence[Label]) -> None:
    """GateError when a class has no photo: nothing could be said of it."""
    missing = [label.code for k, label in enumerate(labels) if not np.any(photos.truth == k)]
    if missing:
        raise GateError(
            f"gate data {photos.name} have no photo of {', '.join(missing)}; every class of the model needs some"
            " (155 without a change prove a recall drop of at most 0.02): add photos or name other --gate-data"
        )


def public_name(spec: str) -> str:
    """The data spelling without folders: bundles travel, and a path may say whose computer it was."""
    kind, colon, rest = spec.partition(":")
    return f"{kind}{colon}{rest.rstrip('/').split('/')[-1]}"
