"""What is evaluated: a checkpoint's float model, or the file of a bundle as the phone runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from edge_app.runtime import trust
from edge_app.runtime.card import FitRule, Thresholds
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import CheckpointError, ConfigError
from edge_app.runtime.labels import Label
from train.checkpoint import TrainedModel, load_checkpoint
from train.evaluate.answers import logits_of
from train.evaluate.grad_cam import grad_cam


class Subject(Protocol):
    """A classifier under evaluation. `run` is the checkpoint whose lists say what it was trained on, where known."""

    @property
    def name(self) -> str:
        """For titles: architecture and form."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """Its classes, in the order of its outputs."""

    @property
    def fit(self) -> FitRule:
        """What a photo becomes."""

    @property
    def run(self) -> TrainedModel | None:
        """The checkpoint of its run."""

    @property
    def thresholds(self) -> Thresholds | None:
        """When the shipped file abstains."""

    @property
    def map_kind(self) -> str:
        """How its maps are made."""

    def facts(self) -> dict[str, Any]:
        """What it is and where it comes from."""

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Logits float32 [B, K] of fitted photos uint8 [B, S, S, 3]."""

    def maps(self, images: np.ndarray, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Logits [B, K], and maps float32 [B, h, w] in 0..1 of `classes` int [B], None meaning each photo's answer.

        The maps are None where the model gives none.
        """


@dataclass(frozen=True)
class CheckpointSubject:
    """A trained float model."""

    trained: TrainedModel
    path: Path

    @property
    def name(self) -> str:
        return f"{self.trained.arch}, float32 checkpoint"

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.trained.labels

    @property
    def fit(self) -> FitRule:
        return self.trained.fit

    @property
    def run(self) -> TrainedModel | None:
        return self.trained

    @property
    def thresholds(self) -> Thresholds | None:
        return None

    @property
    def map_kind(self) -> str:
        return "Grad-CAM on the last feature map"

    def facts(self) -> dict[str, Any]:
        trained = self.trained
        return {"kind": "checkpoint", "name": self.path.name, "arch": trained.arch, "sha256": trained.sha256,
                "side_px": trained.fit.side_px, "resize_px": trained.fit.resize_px,
                "training_data": trained.training_data, "licence": trained.licence}  # fmt: skip

    def logits(self, images: np.ndarray) -> np.ndarray:
        return logits_of(self.trained, images)

    def maps(self, images: np.ndarray, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        return grad_cam(self.trained, images, classes)


@dataclass(frozen=True)
class BundleSubject:
    """A bundle's file through the runtime of the phone; its temperature is inside."""

    classifier: Classifier
    run: TrainedModel | None

    @property
    def name(self) -> str:
        card = self.classifier.card
        return f"{card.name} {card.version}, {card.target} {card.scheme}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.classifier.card.labels

    @property
    def fit(self) -> FitRule:
        return self.classifier.card.fit

    @property
    def thresholds(self) -> Thresholds | None:
        return self.classifier.card.thresholds

    @property
    def map_kind(self) -> str:
        return "class activation map that the file itself gives"

    def facts(self) -> dict[str, Any]:
        card, bundle = self.classifier.card, self.classifier.bundle
        return {"kind": "bundle", "name": bundle.path.name if bundle else "", "arch": card.arch,
                "sha256": bundle.sha256 if bundle else "", "checkpoint_sha256": card.checkpoint_sha256,
                "target": card.target, "scheme": card.scheme, "backend": self.classifier.backend_name,
                "gate": bundle.gate["verdict"] if bundle else None, "temperature_inside": card.temperature,
                "side_px": card.fit.side_px, "resize_px": card.fit.resize_px,
                "training_data": card.training_data, "licence": card.licence}  # fmt: skip

    def logits(self, images: np.ndarray) -> np.ndarray:
        return np.stack([self.classifier.outputs(image).logits for image in images]).astype(np.float32)

    def maps(self, images: np.ndarray, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        outputs = [self.classifier.outputs(image) for image in images]
        logits = np.stack([out.logits for out in outputs]).astype(np.float32)
        chosen = logits.argmax(1) if classes is None else classes
        cams = [out.cam[:, :, k] for out, k in zip(outputs, chosen, strict=True) if out.cam is not None]
        if len(cams) < len(outputs):
            return logits, None
        positive = np.maximum(np.stack(cams), 0.0)
        return logits, positive / np.maximum(positive.max(axis=(1, 2), keepdims=True), 1e-8)


def open_checkpoint(path: Path) -> CheckpointSubject:
    """The checkpoint at `path`; of a run folder its best one."""
    file = path / "best.ckpt" if path.is_dir() else path
    return CheckpointSubject(load_checkpoint(file), file)


def open_bundle(
    path: Path, *, checkpoint: Path | None, trusted_keys: list[Path], allow_unsigned: bool, threads: int
) -> BundleSubject:
    """The bundle at `path`, verified as on the phone; `checkpoint` lends it the lists of its run."""
    keys = trust.keys_of(trusted_keys)
    classifier = Classifier.open(path, trusted_keys=keys, allow_unsigned=allow_unsigned, threads=threads)
    if checkpoint is None:
        return BundleSubject(classifier, None)
    trained = open_checkpoint(checkpoint).trained
    if trained.sha256 != classifier.card.checkpoint_sha256:
        raise CheckpointError(
            f"--checkpoint {checkpoint} (SHA-256 {trained.sha256[:16]}...) is not the one that bundle {path} was made"
            f" from ({classifier.card.checkpoint_sha256[:16]}...); name that one, or leave --checkpoint out"
        )
    return BundleSubject(classifier, trained)


def open_subject(
    *, checkpoint: Path | None, bundle: Path | None, trusted_keys: list[Path], allow_unsigned: bool, threads: int
) -> Subject:
    """What the command line names; ConfigError where it names nothing."""
    if bundle is not None:
        return open_bundle(
            bundle, checkpoint=checkpoint, trusted_keys=trusted_keys, allow_unsigned=allow_unsigned, threads=threads
        )
    if checkpoint is None:
        raise ConfigError("nothing to evaluate; name --checkpoint FILE (or a run folder) or --bundle BUNDLE")
    return open_checkpoint(checkpoint)
