"""How long a bundle takes: the model alone, each stage, and a 12-megapixel photo from bytes to answer.

Bundles are measured in interleaved rounds, so that a machine that heats up or gets busy slows all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.classifier import Classifier, decide
from edge_app.runtime.timing import Clock, measure, summary

STAGES = ("decode", "fit", "model", "post")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How often: `rounds` rounds over all bundles, `burst` model runs and one whole photo a round, after warm-up."""

    rounds: int = 20
    burst: int = 5
    warmup: int = 5


@dataclass(frozen=True)
class Times:
    """Milliseconds of each model run, and of each stage of each whole photo."""

    model_ms: list[float] = field(default_factory=list)
    stages_ms: list[dict[str, float]] = field(default_factory=list)

    def metrics(self) -> dict[str, float]:
        """Figures of a benchmark row, units in the names."""
        model = summary(self.model_ms)
        whole = summary([sum(stages.values()) for stages in self.stages_ms])
        return {
            **{f"model_{name}_ms": value for name, value in model.items() if name != "n"},
            **{f"stage_{name}_p50_ms": summary([s[name] for s in self.stages_ms])["p50"] for name in STAGES},
            **{f"end_to_end_{name}_ms": whole[name] for name in ("p50", "p90", "p95")},
            "model_runs": model["n"],
            "end_to_end_runs": whole["n"],
        }


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


def interleaved(
    classifiers: Sequence[Classifier], jpeg: bytes, plan: Plan, each_round: Callable[[], None] = lambda: None
) -> list[Times]:
    """The times of every classifier, in its order; `each_round` is called after each round."""
    images = [fitted(classifier, jpeg) for classifier in classifiers]
    for classifier, image in zip(classifiers, images, strict=True):
        measure(lambda c=classifier, i=image: c.outputs(i), plan.warmup, 0)  # type: ignore[misc]
    times = [Times() for _ in classifiers]
    for _ in range(plan.rounds):
        for classifier, image, found in zip(classifiers, images, times, strict=True):
            found.model_ms.extend(measure(lambda c=classifier, i=image: c.outputs(i), 0, plan.burst))  # type: ignore[misc]
            found.stages_ms.append(stages_of(classifier, jpeg))
        each_round()
    return times


def fitted(classifier: Classifier, jpeg: bytes) -> np.ndarray:
    """The photo as the model takes it, uint8 [S, S, 3]."""
    rule = classifier.card.fit
    return photo.fit(photo.load(jpeg, rule.resize_px), rule)
