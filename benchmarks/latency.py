"""Times in interleaved rounds: the model alone of every subject, and for bundles each stage of a 12-megapixel photo.

Every subject has its turn in every round, so that a machine that heats up or gets busy slows all of them alike.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.subjects import Subject
from edge_app.runtime import photo
from edge_app.runtime.classifier import Classifier, decide
from edge_app.runtime.timing import Clock, measure, percentile, summary

STAGES = ("decode", "fit", "model", "post")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How often: `rounds` rounds over all subjects, `burst` timed model runs a turn, whole photos in `photo_rounds`.

    The first run of a turn is not counted: the caches still hold what another model left. `pause_s` before a turn:
    threads of the library that ran before it spin for a while, and would slow it down.
    """

    rounds: int = 20
    burst: int = 3
    warmup: int = 3
    photo_rounds: int = 10
    pause_s: float = 0.05


@dataclass(frozen=True)
class Times:
    """Milliseconds of each model run by round, of each stage of each whole photo, and of a full decode beside it."""

    rounds_ms: list[list[float]] = field(default_factory=list)
    stages_ms: list[dict[str, float]] = field(default_factory=list)
    full_decode_ms: list[float] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Figures of a benchmark row, units in the names."""
        model = summary([ms for burst in self.rounds_ms for ms in burst])
        found = {f"model_{name}_ms": value for name, value in model.items() if name != "n"}
        return {**found, "model_runs": model["n"], **self.photo_metrics()}

    def photo_metrics(self) -> dict[str, float]:
        """The stages' medians and the whole way; nothing where no photo went it."""
        if not self.stages_ms:
            return {}
        whole = summary([sum(stages.values()) for stages in self.stages_ms])
        return {
            **{f"stage_{name}_p50_ms": percentile([s[name] for s in self.stages_ms], 50) for name in STAGES},
            **{f"end_to_end_{name}_ms": whole[name] for name in ("p50", "p90", "p95")},
            "end_to_end_runs": whole["n"],
            "full_decode_p50_ms": percentile(self.full_decode_ms, 50),
        }

    def medians_ms(self) -> list[float]:
        """The median of each round: what ratios are paired by."""
        return [percentile(burst, 50) for burst in self.rounds_ms]

    def photo_in_ms(self) -> list[float]:
        """Load and fit of each whole photo."""
        return [stages["decode"] + stages["fit"] for stages in self.stages_ms]


def interleaved(
    subjects: Sequence[Subject], jpeg: bytes, plan: Plan, each_round: Callable[[], None] = lambda: None
) -> list[Times]:
    """The times of every subject, in its order, empty where there is nothing to run; `each_round` after each round."""
    for subject in subjects:
        turn(subject, plan.warmup, 0)
    times = [Times() for _ in subjects]
    for number in range(plan.rounds):
        for subject, found in zip(subjects, times, strict=True):
            if subject.run is not None:
                time.sleep(plan.pause_s)
                found.rounds_ms.append(turn(subject, 1, plan.burst))
            if subject.classifier is not None and number < plan.photo_rounds:
                found.full_decode_ms.extend(measure(lambda: full_decode(jpeg), 0, 1))
                found.stages_ms.append(stages_of(subject.classifier, jpeg))
        each_round()
    return times


def turn(subject: Subject, warmup: int, runs: int) -> list[float]:
    """Milliseconds of `runs` runs, by the subject's scale."""
    return [ms * subject.scale for ms in measure(subject.run, warmup, runs)] if subject.run is not None else []


def stages_of(classifier: Classifier, jpeg: bytes) -> dict[str, float]:
    """Milliseconds of decode, fit, model and post for one photo, as `Classifier.predict` goes through them."""
    clock, card = Clock(), classifier.card
    with clock.part("decode"):
        pixels = photo.load(jpeg, card.fit.resize_px)
    with clock.part("fit"):
        image = photo.fit(pixels, card.fit)
    with clock.part("model"):
        outputs = classifier.outputs(image)
    with clock.part("post"):
        decide(outputs, card, backend=classifier.backend_name)
    return clock.ms


def full_decode(jpeg: bytes) -> object:
    """Every pixel of the photo, as a program without `photo.load` would decode it."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        return image
