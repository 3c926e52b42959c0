"""Every file that a checkpoint can become: its size, ranks and partitions, and how far its answers are from torch's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import machine
from edge_app.runtime.backends import Backend
from edge_app.runtime.errors import ConfigError, DermedgeError
from edge_app.runtime.timing import BenchmarkRow
from export.card_making import needs_calibration
from export.checks import xnnpack
from export.gate.answers import float_logits
from export.gate.examine import size_of
from export.gate.photos import PhotoSet, decode
from export.gate.runner import COREML_SUFFIX, FULL_PRECISION, backend_for
from export.lowering import lower
from export.quantize.calibration import balanced, representative
from export.targets import TARGETS, target
from train.checkpoint import TrainedModel, load_checkpoint
from train.data.run_spec import open_split

Announce = Callable[[str], None]
# Photos for the executor in the precision that is not the gate's.
OTHER_PRECISION_COUNT = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`count` class-balanced photos of `data`, `calibration_count` of `calibration_data`; targets to write."""

    data: str = "run@test"
    count: int = 200
    calibration_data: str = "run@train"
    calibration_count: int = 300
    targets: tuple[str, ...] = tuple(TARGETS)
    threads: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("count", "calibration_count", "threads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; allowed: 1 or more")
        unknown = [name for name in self.targets if name not in TARGETS]
        if unknown:
            raise ConfigError(f"--target is {unknown[0]!r}; allowed: {', '.join(TARGETS)}")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A float model, photos, its logits float32 [N, K] for them, and calibration photos uint8 [S, S, 3]."""

    trained: TrainedModel
    photos: PhotoSet
    logits: np.ndarray
    calibration: Sequence[np.ndarray]


def reference(checkpoint: Path, plan: Plan) -> Reference:
    """Photos and float answers of one checkpoint."""
    trained = load_checkpoint(checkpoint)
    data = open_split(plan.data, trained)
    chosen = data.subset(balanced(data.samples, count=plan.count, seed=plan.seed), data.spec)
    photos = decode(chosen, trained.labels, trained.fit, "test")
    calibration = representative(
        open_split(plan.calibration_data, trained), trained.labels, trained.fit,
        count=plan.calibration_count, seed=plan.seed,
    )  # fmt: skip
    logits = float_logits(trained, photos.images, "test")
    return Reference(trained=trained, photos=photos, logits=logits, calibration=list(calibration.images))


def file_rows(found: Reference, plan: Plan, folder: Path, announce: Announce) -> Iterator[BenchmarkRow | str]:
    """A row for each file of each target and scheme, or the line that says why there is none; files go to `folder`."""
    for name in plan.targets:
        module = lower(found.trained, temperature=1.0, layout=target(name).LAYOUT)
        for scheme in target(name).SCHEMES:
            announce(f"{found.trained.arch} {name} {scheme}")
            model = folder / name / scheme / f"model{target(name).SUFFIX}"
            model.parent.mkdir(parents=True)
            try:
                target(name).convert(
                    module, side_px=found.trained.fit.side_px, scheme=scheme, out=model,
                    calibration=found.calibration if needs_calibration(scheme) else None,
                )  # fmt: skip
                for backend, count in backends_for(model, scheme, plan):
                    yield row_of(found, plan, backend, model, scheme, count)
            except DermedgeError as error:
                yield f"{found.trained.arch} {name} {scheme}: {error}"


def backends_for(model: Path, scheme: str, plan: Plan) -> Iterator[tuple[Backend, int]]:
    """What runs a file, and on how many photos; the executor's other precision says what float16 alone costs."""
    yield backend_for(model, scheme, plan.threads), plan.count
    if model.suffix == COREML_SUFFIX and scheme not in FULL_PRECISION:
        from export.mil.backend import open_mil_backend

        yield open_mil_backend(model, "fp32"), min(plan.count, OTHER_PRECISION_COUNT)


def row_of(found: Reference, plan: Plan, backend: Backend, model: Path, scheme: str, count: int) -> BenchmarkRow:
    """The figures of one file in one backend, on the first `count` photos."""
    trained, target_name = found.trained, target_of(model)
    return BenchmarkRow(
        benchmark="files",
        model=f"{trained.arch} {trained.fit.side_px} px {trained.sha256[:8]}",
        backend=backend.name,
        target=target_name,
        scheme=scheme,
        threads=plan.threads,
        metrics={**static_figures(model, target_name), **answer_figures(backend, found, count)},
        machine=machine.machine(),
        provenance={
            **machine.provenance(),
            "data": found.photos.name,
            "photos": "class-balanced",
            "seed": plan.seed,
            "checkpoint_sha256": trained.sha256,
        },
        created=machine.now(),
    )


def target_of(model: Path) -> str:
    """The target that writes files with this suffix."""
    return next(name for name in TARGETS if model.suffix == target(name).SUFFIX)


def static_figures(model: Path, target_name: str) -> dict[str, float]:
    """Size, highest rank and number of ops; for TFLite how much XNNPACK takes, in how many pieces."""
    facts = target(target_name).inspect(model)
    figures = {
        "size_bytes": float(size_of(model)),
        "max_rank": float(facts.max_rank),
        "ops": float(sum(facts.ops.values())),
        "op_kinds": float(len(facts.ops)),
    }
    if target_name == "tflite":
        taken = xnnpack.measure(model)
        figures |= {
            "nodes": float(taken.nodes),
            "nodes_taken": float(taken.taken),
            "partitions": float(taken.partitions),
        }
    return figures


def answer_figures(backend: Backend, found: Reference, count: int) -> dict[str, float]:
    """Differences to torch's logits over the photos, agreement of labels, seconds a photo (of this run, not a latency).

    `relative_logit_rms`: root mean square of the difference over that of torch's logits less their mean.
    """
    start = time.perf_counter()
    logits = np.stack([backend.run(image).logits for image in found.photos.images[:count]]).astype(np.float64)
    seconds = time.perf_counter() - start
    expected = found.logits[:count]
    difference = logits - expected
    spread = expected - expected.mean(axis=1, keepdims=True)
    return {
        "photos": float(len(logits)),
        "seconds_per_photo": seconds / len(logits),
        "max_logit_difference": float(np.abs(difference).max()),
        "relative_logit_rms": float(np.sqrt(np.mean(difference**2) / np.mean(spread**2))),
        "agreement": float(np.mean(logits.argmax(axis=1) == expected.argmax(axis=1))),
    }
