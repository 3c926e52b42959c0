"""Photo in, `Prediction` or `Abstention` out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime import golden, photo
from edge_app.runtime.backends import Backend, Outputs, open_backend
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import ModelCard
from edge_app.runtime.errors import BackendError
from edge_app.runtime.labels import Label


@dataclass(frozen=True)
class Prediction:
    """An answer: the most probable label.

    `probabilities` by label code; `energy` = -logsumexp(logits); `cam` float32 [h, w, K] or None; `backend` is the
    runtime that answered ("ai_edge_litert 2.3.0"), `model` the card's name and version.
    """

    label: Label
    probability: float
    probabilities: dict[str, float]
    energy: float
    cam: np.ndarray | None
    backend: str
    model: str


@dataclass(frozen=True)
class Abstention:
    """No answer, and why; `best_label` is what the model would have said. The rest is as in `Prediction`."""

    reason: str
    best_label: Label
    probability: float
    probabilities: dict[str, float]
    energy: float
    cam: np.ndarray | None
    backend: str
    model: str


class Classifier:
    """A loaded model with its card; `bundle` is None where it came from a bare file."""

    def __init__(self, backend: Backend, card: ModelCard, bundle: Bundle | None = None) -> None:
        self.backend, self.card, self.bundle = backend, card, bundle
        # A folder model is unpacked there for as long as the classifier lives.
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(
        cls, bundle: Path, *, trusted_keys: Sequence[bytes] = (), allow_unsigned: bool = False, threads: int = 2
    ) -> Classifier:
        """Verify the bundle folder or zip, load its model and prove it on the golden photos.

        Raises as `Bundle.open` does; BackendError when the runtime refuses the model; BundleError when its answers
        differ from the golden ones.
        """
        opened = Bundle.open(Path(bundle), trusted_keys=trusted_keys, allow_unsigned=allow_unsigned)
        classifier = cls.from_bundle(opened, threads=threads)
        golden.check(opened.golden, classifier.backend)
        return classifier

    @classmethod
    def from_bundle(cls, bundle: Bundle, *, threads: int = 2) -> Classifier:
        """Load the model of a verified bundle; the golden photos are left to the caller."""
        if bundle.model_content is not None:
            backend = open_backend(Path(bundle.model_name), threads, content=bundle.model_content)
            return cls(backend, bundle.card, bundle)
        folder = tempfile.TemporaryDirectory(prefix="dermedge-model-")
        classifier = cls(open_backend(bundle.extract_model(Path(folder.name)), threads), bundle.card, bundle)
        classifier._unpacked = folder
        return classifier

    @classmethod
    def from_file(cls, model_path: Path, card: ModelCard, *, threads: int = 2) -> Classifier:
        """Load a bare model file: for the gate and for candidates that no bundle holds yet. Nothing is verified."""
        return cls(open_backend(Path(model_path), threads), card)

    @property
    def backend_name(self) -> str:
        """The runtime that answers, with its version."""
        return self.backend.name

    def outputs(self, image: np.ndarray) -> Outputs:
        """Raw outputs for a fitted `image`, uint8 [S, S, 3]."""
        outputs = self.backend.run(image)
        check_outputs(outputs, self.card, self.backend_name)
        return outputs

    def outputs_of(self, source: str | Path | bytes | np.ndarray) -> Outputs:
        """Raw outputs for a photo: load, fit, run. An array is an upright sRGB photo, uint8 [H, W, 3]."""
        rule = self.card.fit
        image = photo.check_array(source) if isinstance(source, np.ndarray) else photo.load(source, rule.resize_px)
        return self.outputs(photo.fit(image, rule))

    def predict(self, source: str | Path | bytes | np.ndarray) -> Prediction | Abstention:
        """The answer for a photo; PhotoError where it cannot be read."""
        return decide(self.outputs_of(source), self.card, backend=self.backend_name)


def decide(outputs: Outputs, card: ModelCard, *, backend: str) -> Prediction | Abstention:
    """The answer that `outputs` mean by `card`: its label order and its abstention thresholds."""
    probabilities = softmax(outputs.logits)
    best = int(np.argmax(probabilities))
    label, probability, of_energy = card.labels[best], float(probabilities[best]), energy(outputs.logits)
    by_code = {known.code: float(p) for known, p in zip(card.labels, probabilities, strict=True)}
    model = f"{card.name} {card.version}"
    reason = reason_to_abstain(probability, of_energy, card)
    if reason:
        return Abstention(reason, label, probability, by_code, of_energy, outputs.cam, backend, model)
    return Prediction(label, probability, by_code, of_energy, outputs.cam, backend, model)


def reason_to_abstain(probability: float, of_energy: float, card: ModelCard) -> str:
    """Why the model should not answer by the card's thresholds; "" where it may."""
    limits = card.thresholds
    if limits is not None and of_energy > limits.energy_max:
        return (
            f"the photo is unlike those that the model knows (energy {of_energy:.2f}, at most {limits.energy_max:.2f})"
        )
    if limits is not None and probability < limits.confidence_min:
        return f"the model is unsure (best probability {probability:.2f}, at least {limits.confidence_min:.2f})"
    return ""


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, float64 [K], of `logits` [K]."""
    values = logits.astype(np.float64)
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())


def energy(logits: np.ndarray) -> float:
    """-logsumexp(logits) (Liu et al. 2020, eq. 4, at temperature 1): high for photos unlike the training ones."""
    values = logits.astype(np.float64)
    largest = values.max()
    return -float(largest + np.log(np.exp(values - largest).sum()))


def check_outputs(outputs: Outputs, card: ModelCard, backend: str) -> None:
    """BackendError unless there is one finite logit for each label of `card`."""
    if outputs.logits.shape != (len(card.labels),):
        raise BackendError(f"model gives {list(outputs.logits.shape)} logits; its card has {len(card.labels)} labels")
    if not np.isfinite(outputs.logits).all():
        raise BackendError(f"model gives logits that are not finite in {backend}; use another scheme or runtime")
