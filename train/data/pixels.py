"""Photos decoded once, by all cores, and kept as uint8, so that an epoch never waits for a decoder."""

from __future__ import annotations

import math
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import connection
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from train.data import pixel_cache
from train.data.identity import photo_digest
from train.data.sample import Sample, photo_of
from train.progress import say, track

WORK_FACTOR_MAX = 2.0
# Starting processes takes about as long as decoding this many photos.
FEW = 256
PHOTOS_A_TASK = 8
Made = TypeVar("Made")
Row = tuple[np.ndarray, ...]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class WorkPixels:
    """Training photos squashed to a square for augmentation: uint8 [N, 3, W, W], and width / height of each [N]."""

    photos: np.ndarray
    aspects: np.ndarray


def work_side_px(side_px: int, scale_min: float) -> int:
    """Side at which the smallest random crop still has `side_px` pixels, at most twice that."""
    return math.ceil(side_px * min(1.0 / math.sqrt(scale_min), WORK_FACTOR_MAX))


def decode_for_training(
    samples: list[Sample], rule: FitRule, work_px: int, hashes: list[str] | None = None
) -> WorkPixels:
    """Every training photo decoded as the phone does, from the cache where it is; DataError names an unreadable file.

    `hashes` are the photos' (any stable ones), computed where not given.
    """
    work = partial(squashed, resize_px=rule.resize_px, work_px=work_px)
    count = len(samples)
    shapes: Shapes = {"photos": (count, 3, work_px, work_px), "aspects": (count,)}
    arrays = decoded(samples, work, shapes, "training", hashes, work_px=work_px, resize_px=rule.resize_px)
    return WorkPixels(arrays["photos"], np.array(arrays["aspects"]))


def decode_for_model(
    samples: Iterable[Sample], rule: FitRule, what: str, hashes: list[str] | None = None
) -> np.ndarray:
    """Photos exactly as the phone fits them: uint8 [N, 3, S, S]."""
    listed = list(samples)
    shapes: Shapes = {"photos": (len(listed), 3, rule.side_px, rule.side_px)}
    return decoded(listed, partial(fitted, rule=rule), shapes, what, hashes, fit=asdict(rule))["photos"]


def decoded(
    samples: list[Sample], work: Callable[[Sample], Row], shapes: Shapes, what: str,
    hashes: list[str] | None, **rule: Any,
) -> dict[str, np.ndarray]:  # fmt: skip
    """What `work` makes of each sample, stacked under the names of `shapes`; kept under `rule` for the next run."""
    names = tuple(shapes)
    if not samples:
        return {name: np.empty(shape, np.uint8) for name, shape in shapes.items()}
    if pixel_cache.folder() is None:
        return pixel_cache.in_memory(rows_of(samples, work, what), names, len(samples))
    key = pixel_cache.key_of(hashes or [photo_digest(sample) for sample in samples], **rule)
    found = pixel_cache.opened(key, shapes)
    if found is None:
        found = pixel_cache.kept(key, rows_of(samples, work, what), names, len(samples))
        if len(samples) >= FEW:
            say(f"kept {len(samples)} decoded {what} photos in {pixel_cache.folder()} "
                f"({pixel_cache.gigabytes(found):.2f} GB)")  # fmt: skip
    return found


def squashed(sample: Sample, resize_px: int, work_px: int) -> Row:
    """Pixels uint8 [3, W, W] and width / height of the photo."""
    pixels = photo_of(sample, resize_px)
    square = Image.fromarray(pixels).resize((work_px, work_px), Image.Resampling.BILINEAR)
    return np.asarray(square).transpose(2, 0, 1), np.array(pixels.shape[1] / pixels.shape[0])


def fitted(sample: Sample, rule: FitRule) -> Row:
    """Pixels uint8 [3, S, S]."""
    return (photo.fit(photo_of(sample, rule.resize_px), rule).transpose(2, 0, 1),)


def rows_of(samples: list[Sample], work: Callable[[Sample], Made], what: str) -> Iterator[Made]:
    """`work` of every sample, in order; many are shared among the cores.

    Where workers cannot live (memory, or a script without a main guard, which they would run again), the rest is done
    here.
    """
    pending = track(samples, f"decode {what} photos")
    if len(samples) >= FEW and cores() > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(cores(), mp_context=context, initializer=end_with_parent) as pool:
            yield from shared(pool, samples, work, pending)
    yield from (work(sample) for sample in pending)


def shared(
    pool: ProcessPoolExecutor, samples: list[Sample], work: Callable[[Sample], Made], pending: Iterator[Sample]
) -> Iterator[Made]:
    """What the pool's processes make of the samples, as many of `pending` as they live for."""
    try:
        for row in pool.map(work, samples, chunksize=PHOTOS_A_TASK):
            next(pending)
            yield row
    except BrokenProcessPool:
        say("the processes that decode photos have ended; going on with one")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def end_with_parent() -> None:
    """In a worker: end when the run is killed, instead of waiting for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (connection.wait([parent.sentinel]), os._exit(1)), daemon=True).start()
