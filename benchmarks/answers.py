"""What every runtime answers for the same photos: one row for each bundle in each runtime, the answers in it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import machine
from benchmarks.elsewhere import Environment, answers_elsewhere
from benchmarks.parity import Opener, opened, runtimes_for
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import BenchmarkRow

if TYPE_CHECKING:
    from train.checkpoint import TrainedModel

BENCHMARK = "answers"
# Enough for float32.
DIGITS = 7


@dataclass(frozen=True, kw_only=True)
class Photos:
    """Fitted photos, uint8 [N, S, S, 3], and the spelling of the data that they came from."""

    images: np.ndarray
    name: str

    @property
    def sha256(self) -> str:
        """Of the pixels: answers are compared where it is the same."""
        return hashlib.sha256(np.ascontiguousarray(self.images).tobytes()).hexdigest()


def photos_of(data: str, count: int, rule: FitRule, seed: int = 0) -> Photos:
    """`count` photos of `data`, classes in turn, as a model with that rule takes them."""
    from export.gate.photos import decode
    from export.quantize.calibration import balanced
    from train.data.run_spec import open_cut
    from train.data.spec import parse

    dataset = open_cut(parse(data), seed, data)
    chosen = dataset.subset(balanced(dataset.samples, count=count, seed=seed), dataset.spec)
    found = decode(chosen, dataset.labels, rule, "parity")
    return Photos(images=found.images, name=found.name)


def bundle_rows(
    bundle: Bundle, photos: Photos, elsewhere: Sequence[Environment], threads: int, announce: Callable[[str], None]
) -> Iterator[BenchmarkRow]:
    """A row for each runtime here, then for each environment elsewhere that runs such files."""
    suffix = Path(bundle.model_name).suffix
    for name, opener in runtimes_for(suffix).items():
        announce(f"{bundle.path.name}: {len(photos.images)} photos in {name}")
        yield answered(bundle, photos, name, threads, partial(here, bundle, opener, threads, photos.images))
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        model = bundle.extract_model(Path(folder))
        for place in elsewhere:
            if suffix in place.suffixes:
                announce(f"{bundle.path.name}: {min(place.most_photos, len(photos.images))} photos, {place.name}")
                yield answered(bundle, photos, place.name, 1, partial(answers_elsewhere, place, model, photos.images))


def here(bundle: Bundle, opener: Opener, threads: int, images: np.ndarray) -> tuple[str, np.ndarray]:
    """(runtime, logits float32 [N, K]) in this process."""
    backend = opened(bundle, opener, threads)
    return backend.name, np.stack([backend.run(image).logits for image in images])


def answered(
    bundle: Bundle, photos: Photos, where: str, threads: int, ask: Callable[[], tuple[str, np.ndarray]]
) -> BenchmarkRow:
    """The row of one bundle in one runtime: its answers, or why there are none."""
    card, facts = bundle.card, {"bundle_sha256": bundle.sha256, "gate": bundle.gate["verdict"]}
    model = f"{card.name} {card.version}"
    try:
        backend, logits = ask()
    except BackendError as error:
        return row_of(model, where, card.target, card.scheme, threads, photos, None, {**facts, "failed": str(error)})
    # The network's own logits: bundles of one checkpoint may differ in their temperature.
    return row_of(model, backend, card.target, card.scheme, threads, photos, logits * card.temperature, facts)


def torch_row(trained: TrainedModel, photos: Photos, threads: int) -> BenchmarkRow:
    """What the float model itself answers in torch."""
    import torch

    from export.gate.answers import float_logits

    torch.set_num_threads(threads)
    logits = float_logits(trained, photos.images, "parity")
    model, facts = f"{trained.arch} {trained.sha256[:8]}", {"checkpoint_sha256": trained.sha256}
    return row_of(model, f"torch {torch.__version__}", "torch", "fp32", threads, photos, logits, facts)


def row_of(
    model: str, backend: str, target: str, scheme: str, threads: int, photos: Photos, logits: np.ndarray | None,
    facts: dict[str, Any],
) -> BenchmarkRow:  # fmt: skip
    """A row with its answers, logits [n, K] before any temperature."""
    metrics = {} if logits is None else {"photos": float(len(logits)), "largest_logit": float(np.abs(logits).max())}
    answers = [] if logits is None else [[round(float(value), DIGITS) for value in row] for row in logits]
    return BenchmarkRow(
        benchmark=BENCHMARK, model=model, backend=backend, target=target, scheme=scheme, threads=threads,
        metrics=metrics, machine=machine.machine(), created=machine.now(),
        provenance={
            **machine.provenance(), **facts, "data": photos.name, "photos_sha256": photos.sha256, "logits": answers,
            "title": f"{target} {scheme}, {backend}",
        },
    )  # fmt: skip
