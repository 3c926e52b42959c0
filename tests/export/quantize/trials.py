"""A trial without files or runtimes: a candidate's file says how noisy its logits are and how long it takes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from edge_app.runtime.backends import Outputs
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError
from export.gate.tolerances import Tolerances
from export.quantize import trial as trials
from export.quantize.resume import Memory
from export.quantize.risk import sizes_of
from export.quantize.trial import Trial
from tests.export.gate.invented import findings


class Noisy:
    """An opened file: the float model's logits with the noise that the file names, photo by photo."""

    backend_name = "invented 1.0"

    def __init__(self, reference: np.ndarray, noise: float, scheme: str, p50: float) -> None:
        self.reference, self.noise, self.p50, self.card = reference, noise, p50, SimpleNamespace(scheme=scheme)
        self.runs = 0

    def outputs(self, image: np.ndarray) -> Outputs:
        """The image holds its photo's number."""
        self.runs += 1
        number = int(image.view(np.uint32).ravel()[0])
        row = self.reference[number]
        return Outputs(row + np.random.default_rng(number).normal(0.0, self.noise, row.shape).astype(np.float32))


def write(path: Path, *, noise: float, p50: float = 5.0, size: int = 1000) -> Path:
    """A stand-in file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"noise": noise, "p50": p50}).ljust(size))
    return path


class Bench:
    """Opens stand-in files; `opened` lists every scheme that was, `broken` ones are refused."""

    def __init__(self, folder: Path, counts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        self.reference = findings(counts).reference
        numbers = np.arange(len(self.reference.logits), dtype=np.uint32)
        images = numbers.view(np.uint8).reshape(-1, 1, 1, 4)
        object.__setattr__(self.reference.photos, "images", images)
        self.opened: list[str] = []
        self.broken: set[str] = set()
        self.trial = Trial(
            reference=self.reference, tolerances=Tolerances(), gate=sizes_of([self.reference.photos], len(counts)),
            open_model=self.open_model, memory=Memory(folder),
        )  # fmt: skip
        monkeypatch.setattr(trials, "measure", lambda run, warm, timed: [run()])
        monkeypatch.setattr(trials, "summary", lambda outputs: {"p50": 5.0, "p95": 6.0})
        monkeypatch.setattr(
            Trial, "times_float", lambda trial, classifier, against, glance: self.ratio(classifier, against)
        )

    def ratio(self, classifier: Classifier, against: Path | None) -> float:
        """Of the times that the files name."""
        if against is None:
            return float("nan")
        return float(cast(Noisy, classifier).p50 / json.loads(against.read_text())["p50"])

    def open_model(self, scheme: str, model: Path) -> Classifier:
        self.opened.append(scheme)
        if scheme in self.broken:
            raise BackendError("no such kernel")
        content = json.loads(model.read_text())
        return cast(Classifier, Noisy(self.reference.logits, content["noise"], scheme, content["p50"]))
