"""Candidates meet the selection photos: a first slice, and the rest unless the slice says that it is hopeless."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import measure, summary
from export.gate.answers import exported_logits
from export.gate.bound import drop_upper_bound
from export.gate.control import in_turn, subset
from export.gate.examine import TIMED_RUNS, WARMUP_RUNS, Findings, Reference, size_of
from export.gate.statistics import effective
from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, Row, Verdict, judge
from export.quantize.candidate import SLOWER, Candidate
from export.quantize.resume import Memory
from export.quantize.risk import RISK_MAX, Sizes, chance_to_fail

SLICE = 150
# A candidate with a larger chance to fail after the first slice has next to none to come below `RISK_MAX` after all.
RISK_HOPELESS = 0.5
# A file is timed beside the float file in rounds of so long and of at most so many runs; one that is not going to be
# taken in one short round, which is enough to flag it by.
PAIRED_SECONDS, PAIRED_RUNS = (2.0, 5.0, 10.0), 1000
GLANCE_SECONDS = (0.5,)
FLOAT = "fp32"
# Under this name the memory keeps the float file's own times.
FLOAT_MS = "fp32-ms"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """`open_model` opens a candidate's file as the gate will; `memory` keeps answers over interruptions.

    `gate` is how many photos of each class will judge the one that is taken. `thorough` has every candidate answer for
    every photo, hopeless or not.
    """

    reference: Reference
    tolerances: Tolerances
    gate: Sizes
    open_model: Callable[[str, Path], Classifier]
    memory: Memory
    thorough: bool = False

    @cached_property
    def can_pass(self) -> bool:
        """Whether there are photos enough for a file that answers exactly like the float model to pass."""
        everything = np.arange(len(self.reference.logits))
        return self.judged(self.reference.logits, everything).verdict is Verdict.PASS

    def of(self, candidate: Candidate, against: Path | None = None) -> Candidate:
        """The candidate with its findings, or with the reason why the runtime refuses it.

        `against` is the float file; the candidate's times are then compared with its.
        """
        if candidate.model is None:
            return candidate
        try:
            known = self.memory.answers(candidate.scheme)
            if known is None:
                known = self.run(candidate.scheme, candidate.model, against)
                self.memory.keep(candidate.scheme, known)
        except BackendError as error:
            return replace(candidate, why=f"could not be run: {error}")
        findings = self.findings(known, candidate.model)
        stopped = len(findings.logits) < len(self.reference.logits)
        times_float = float(known["times_float"])
        return replace(
            candidate, findings=findings, stopped=stopped, times_float=None if np.isnan(times_float) else times_float,
            risk=self.risk(known["logits"], known["chosen"]),
        )  # fmt: skip

    def run(self, scheme: str, model: Path, against: Path | None) -> dict[str, np.ndarray]:
        """Answers of the file: "logits" [n, K] of the photos "chosen" [n], "p50", "p95", "times_float", "backend"."""
        classifier = self.open_model(scheme, model)
        images = self.reference.photos.images
        sliced = len(images) > 2 * SLICE and not self.thorough
        chosen = in_turn(self.reference.photos.truth)[: SLICE if sliced else None]
        logits = exported_logits(classifier, images[chosen], "selection")
        if len(chosen) < len(images) and not self.is_hopeless(logits, chosen):
            rest = in_turn(self.reference.photos.truth)[SLICE:]
            logits = np.concatenate([logits, exported_logits(classifier, images[rest], "more selection")])
            chosen = np.concatenate([chosen, rest])
        times_float = self.times_float(classifier, against, self.is_out(logits, chosen))
        # By their ratio to one time of the float file, or the times of two candidates could contradict their ratios.
        own = self.ms(classifier) if against is None or np.isnan(times_float) else self.float_ms(against)
        scale = 1.0 if np.isnan(times_float) else times_float
        return {
            "logits": logits, "chosen": chosen, **{name: scale * own[name] for name in ("p50", "p95")},
            "times_float": np.array(times_float), "backend": np.array(classifier.backend_name),
        }  # fmt: skip

    def is_hopeless(self, logits: np.ndarray, chosen: np.ndarray) -> bool:
        """Whether more photos would hardly have the file of `logits` [n, K] taken, after the photos `chosen` [n]."""
        return hopeless(self.judged(logits, chosen)) or self.risk(logits, chosen) > RISK_HOPELESS

    def risk(self, logits: np.ndarray, chosen: np.ndarray) -> float:
        """The chance that the gate fails the file of `logits` [n, K] for the photos `chosen` [n]."""
        order = np.argsort(chosen)
        return chance_to_fail(self.reference_of(chosen[order]), logits[order], self.gate, self.tolerances)

    def reference_of(self, chosen: np.ndarray) -> Reference:
        """The reference with the photos `chosen` [n], in their own order, alone."""
        return self.reference if len(chosen) == len(self.reference.logits) else subset(self.reference, chosen)

    def is_out(self, logits: np.ndarray, chosen: np.ndarray) -> bool:
        """Whether the file of `logits` [n, K] for the photos `chosen` [n] is out of the running."""
        fails = self.judged(logits, chosen).verdict is Verdict.FAIL
        return fails or len(chosen) < len(self.reference.logits) or self.risk(logits, chosen) > RISK_MAX

    def times_float(self, classifier: Classifier, against: Path | None, glance: bool) -> float:
        """How many times the float file's time the candidate takes; NaN where there is no float file that runs."""
        if against is None:
            return float("nan")
        if classifier.card.scheme == FLOAT:
            return 1.0
        try:
            other = self.open_model(FLOAT, against)
        except BackendError:
            return float("nan")
        image = self.reference.photos.images[0]
        seconds = GLANCE_SECONDS if glance else PAIRED_SECONDS
        return paired_ratio(lambda: classifier.outputs(image), lambda: other.outputs(image), seconds)

    def float_ms(self, against: Path) -> dict[str, np.ndarray]:
        """Times of the float file by itself, taken once in a search, interrupted or not."""
        known = self.memory.answers(FLOAT_MS)
        if known is None:
            known = self.ms(self.open_model(FLOAT, against))
            self.memory.keep(FLOAT_MS, known)
        return known

    def ms(self, classifier: Classifier) -> dict[str, np.ndarray]:
        """ "p50" and "p95" of a photo's time, in milliseconds."""
        image = self.reference.photos.images[0]
        times = summary(measure(lambda: classifier.outputs(image), WARMUP_RUNS, TIMED_RUNS))
        return {name: np.array(times[name]) for name in ("p50", "p95")}

    def logits(self, scheme: str, model: Path, chosen: np.ndarray) -> np.ndarray:
        """Logits [n, K] of the file for the photos `chosen` alone."""
        return exported_logits(self.open_model(scheme, model), self.reference.photos.images[chosen], "chosen")

    def judged(self, logits: np.ndarray, chosen: np.ndarray) -> Judgement:
        """The gate's judgement of `logits` [n, K] on the photos `chosen` [n]."""
        photos = self.reference.photos
        return judge(
            photos.truth[chosen], self.reference.answers[chosen], logits.argmax(axis=1), photos.clusters[chosen],
            self.reference.labels, self.tolerances,
        )  # fmt: skip

    def findings(self, known: dict[str, np.ndarray], model: Path) -> Findings:
        """What `run` brought, judged, photos in their own order."""
        order = np.argsort(known["chosen"])
        chosen, logits = known["chosen"][order], known["logits"][order]
        return Findings(
            reference=self.reference_of(chosen),
            logits=logits,
            judgement=self.judged(logits, chosen),
            latency_ms={name: float(known[name]) for name in ("p50", "p95")},
            size_bytes=size_of(model),
            backend=str(known["backend"]),
        )


def paired_ratio(one: Callable[[], object], other: Callable[[], object], rounds: Sequence[float]) -> float:
    """Ratio of their least times, run in turn: what else the machine does only ever adds to a time.

    `rounds` are their seconds; a candidate that seems slower gets another one to show that it is not.
    """
    least = [float("inf"), float("inf")]
    for seconds in rounds:
        end = time.monotonic() + seconds
        for count in range(PAIRED_RUNS):
            least = [min(least[k], measure(run, 0, 1)[0]) for k, run in enumerate((one, other))]
            if count >= TIMED_RUNS and time.monotonic() > end:
                break
        if least[0] <= SLOWER * least[1]:
            break
    return least[0] / max(least[1], 1e-9)


def hopeless(judgement: Judgement) -> bool:
    """Whether some class, tier or the accuracy has lost more than its tolerance for certain (one-sided 95 %)."""
    return any(least_drop(row) > row.tolerance for row in judgement.rows)


def least_drop(row: Row) -> float:
    """One-sided lower 95 % limit of the drop: gains and losses exchanged in the upper one."""
    lost, gained, n = (effective(count, row.effect) for count in (row.lost, row.gained, row.support))
    return -drop_upper_bound(gained, lost, n)
