"""What every runtime answers: for a bundle's golden photos, against them, and for others, to compare all with all."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import machine, parity, rows
from benchmarks.elsewhere import THREADS, Environment, answers_elsewhere
from benchmarks.parity import Opener, opened, runtimes_for
from edge_app.runtime.backends import Outputs
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import FitRule
from edge_app.runtime.classifier import check_outputs
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import BenchmarkRow

if TYPE_CHECKING:
    from train.checkpoint import TrainedModel

BENCHMARK = "answers"
# Enough for float32.
DIGITS = 7
# More than there are of either kind.
EVERY = sys.maxsize
# Processes elsewhere have one thread each.
SIDE_BY_SIDE = 2


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


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What answers: `ask` takes images uint8 [N, S, S, 3] and gives (its name, logits float32 [N, K]).

    It is asked for the first `most` golden photos and as many others; `name` is what it is called before it answers.
    """

    name: str
    threads: int
    most: int
    ask: Callable[[np.ndarray], tuple[str, np.ndarray]]


def bundle_rows(
    bundle: Bundle,
    photos: Photos | None,
    elsewhere: Sequence[Environment],
    threads: int,
    announce: Callable[[str], None],
) -> Iterator[BenchmarkRow]:
    """Rows of each runtime here, one after the other, then of the environments elsewhere that run such files."""
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        model = bundle.extract_model(Path(folder))
        for name, opener in runtimes_for(model.suffix).items():
            ask = partial(here, bundle, opener, threads)
            yield from runtime_rows(bundle, photos, Runtime(name=name, threads=threads, most=EVERY, ask=ask), announce)
        others = [
            Runtime(
                name=place.name, threads=THREADS, most=place.most_photos, ask=partial(answers_elsewhere, place, model)
            )
            for place in elsewhere
            if model.suffix in place.suffixes
        ]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for found in pool.map(lambda other: list(runtime_rows(bundle, photos, other, announce)), others):
                yield from found


def runtime_rows(
    bundle: Bundle, photos: Photos | None, runtime: Runtime, announce: Callable[[str], None]
) -> Iterator[BenchmarkRow]:
    """What one runtime makes of the golden photos and, where there are any, of `photos`; or why it makes nothing.

    It is asked once, for both.
    """
    golden = bundle.golden.images[: runtime.most]
    others = golden[:0] if photos is None else photos.images[: runtime.most]
    announce(f"{bundle.path.name}: {len(golden)} golden photos and {len(others)} others in {runtime.name}")
    about = partial(rows.row_of, bundle, benchmark=parity.BENCHMARK, threads=runtime.threads)
    card = bundle.card
    model = f"{card.name} {card.version}"
    try:
        backend, logits = runtime.ask(np.concatenate([golden, others]))
        for one in logits:
            check_outputs(Outputs(one), card, backend)
    except BackendError as error:
        title = f"{model} {card.target} {card.scheme}, {runtime.name}"
        yield about(backend=runtime.name, metrics={}, failed=str(error), title=title)
        return
    found = parity.parity(bundle.golden, backend, logits[: len(golden)])
    yield about(backend=backend, metrics=found.metrics())
    if photos is not None:
        # The network's own logits: bundles of one checkpoint may differ in their temperature.
        own, facts = logits[len(golden) :] * card.temperature, rows.facts_of(bundle)
        yield row_of(model, backend, card.target, card.scheme, runtime.threads, photos, own, facts)


def here(bundle: Bundle, opener: Opener, threads: int, images: np.ndarray) -> tuple[str, np.ndarray]:
    """(runtime, logits float32 [N, K]) in this process."""
    backend = opened(bundle, opener, threads)
    return backend.name, np.stack([backend.run(image).logits for image in images])


def torch_row(trained: TrainedModel, photos: Photos, threads: int) -> BenchmarkRow:
    """What the float model itself answers in torch."""
    import torch

    from export.gate.answers import float_logits

    torch.set_num_threads(threads)
    logits = float_logits(trained, photos.images, "parity")
    model, facts = f"{trained.arch} {trained.sha256[:8]}", {"checkpoint_sha256": trained.sha256}
    return row_of(model, f"torch {torch.__version__}", "torch", "fp32", threads, photos, logits, facts)


def row_of(
    model: str, backend: str, target: str, scheme: str, threads: int, photos: Photos, logits: np.ndarray,
    facts: dict[str, Any],
) -> BenchmarkRow:  # fmt: skip
    """A row with its answers, logits [n, K] before any temperature."""
    metrics = {"photos": float(len(logits)), "largest_logit": float(np.abs(logits).max())}
    answers = [[round(float(value), DIGITS) for value in row] for row in logits]
    return BenchmarkRow(
        benchmark=BENCHMARK, model=model, backend=backend, target=target, scheme=scheme, threads=threads,
        metrics=metrics, machine=machine.machine(), created=machine.now(),
        provenance={
            **machine.provenance(), **facts, "data": photos.name, "photos_sha256": photos.sha256, "logits": answers,
            "title": f"{target} {scheme}, {backend}",
        },
    )  # fmt: skip
