"""How fast the model is on this device, and whether it computes what it should; rows that `benchmarks` reads."""

from __future__ import annotations

import time
from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BundleError
from edge_app.runtime.timing import BenchmarkRow, measure, percentile
from edge_app.store.whole import write_whole
from edge_app.ui.page import Page
from edge_app.ui.shelf import THREADS, Shelf
from edge_app.ui.widgets.facts import Fact
from edge_app.ui.words import mark
from edge_app.ui.worker import Task

RUNS = 50
SUSTAINED_S = 60.0
# Name in the row: what the screen calls it, and how its value is written.
FIGURES = {
    "first_ms": (mark("First answer, with opening the model"), "{:.1f} ms"),
    "p50_ms": (mark("Half of the answers within"), "{:.2f} ms"),
    "p90_ms": (mark("Nine of ten within"), "{:.2f} ms"),
    "sustained_p50_ms": (mark("Half of them after a minute"), "{:.2f} ms"),
    "golden_largest_difference": (mark("Largest difference from the golden answers"), "{:.2g}"),
}


class BenchmarkPage(Page):
    """First answer, p50, p90, sustained, parity on the golden photos."""

    model = StringProperty("")
    is_sustained = BooleanProperty(False)
    is_done = BooleanProperty(False)
    is_true = BooleanProperty(True)
    row: BenchmarkRow | None = None

    def start(self) -> None:
        """Measure, off this thread."""
        shelf, classifier = self.session.shelf, self.session.model()
        seconds = SUSTAINED_S if self.is_sustained else 0.0
        now = self.session.now()
        self.app.work(lambda task: bench(shelf, classifier, seconds, now, task), self.done)

    def done(self, row: BenchmarkRow) -> None:
        """Show the figures."""
        self.row, self.is_done = row, True
        self.model = f"{row.model} · {row.backend}"
        bundle = self.session.model().bundle
        self.is_true = bundle is None or row.metrics["golden_largest_difference"] <= bundle.golden.tolerance
        self.ids.figures.clear_widgets()
        for name, (said, form) in FIGURES.items():
            if name in row.metrics:
                value = form.format(row.metrics[name])
                self.ids.figures.add_widget(Fact(name=self.app.tr(said), value=value))

    def save(self) -> None:
        """As a line of JSON."""
        if self.row is None:
            return
        path = self.app.platform.export_folder() / "dermedge-benchmark.jsonl"
        row = self.row
        if self.app.attempt(lambda: write_whole(path, (row.to_json() + "\n").encode())):
            self.app.attempt(lambda: self.app.wrote(path, "application/json"))


def bench(shelf: Shelf, classifier: Classifier, sustained_s: float, now: str, task: Task) -> BenchmarkRow:
    """One row. `first_ms` is opening the runtime anew and one answer; the rest is the model alone, warm."""
    bundle, card = classifier.bundle, classifier.card
    if bundle is None:
        raise BundleError("a bare model file has no golden photos to measure on; import a bundle")
    image = bundle.golden.images[0]
    start = time.perf_counter()
    fresh = Classifier.from_bundle(bundle, threads=THREADS)
    fresh.outputs(image)
    first_ms = (time.perf_counter() - start) * 1e3
    task.check()
    ms = measure(lambda: fresh.outputs(image), warmup=3, runs=RUNS)
    metrics = {"first_ms": first_ms, "p50_ms": percentile(ms, 50), "p90_ms": percentile(ms, 90)}
    metrics |= sustained(fresh, image, sustained_s, task)
    differences = shelf.self_test(classifier)
    metrics["golden_largest_difference"] = max(differences, default=0.0)
    return BenchmarkRow(
        benchmark="app", model=f"{card.name} {card.version}", backend=classifier.backend_name, target=card.target,
        scheme=card.scheme, threads=THREADS, metrics=metrics, created=now,
        provenance={"bundle_sha256": bundle.sha256},
    )  # fmt: skip


def sustained(classifier: Classifier, image: Any, seconds: float, task: Task) -> dict[str, float]:
    """p50 of the last quarter of `seconds` of answers without a pause: what is left when the phone is hot."""
    if seconds <= 0:
        return {}
    ms: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        task.check()
        ms += measure(lambda: classifier.outputs(image), warmup=0, runs=1)
    return {"sustained_s": seconds, "sustained_p50_ms": percentile(ms[-max(1, len(ms) // 4) :], 50)}
