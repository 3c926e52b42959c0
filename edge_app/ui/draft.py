"""The case being made: what was entered, the photos that were taken, and the answer for them."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_app.runtime import photo, quality
from edge_app.runtime.backends import Outputs
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.quality import QualityReport
from edge_app.store.records import Case, Shot, Visit
from edge_app.ui.answer import Answer, combine
from edge_app.ui.heat import overlay

if TYPE_CHECKING:
    from edge_app.ui.worker import Task

# What is shown and stored: enough to look at a lesion, and no more than a record needs.
SHOWN_SIDE_PX = 720
JPEG_QUALITY = 88


@dataclass(frozen=True)
class Taken:
    """One photo: its bytes as they came, what is shown of it (uint8 [H, W, 3]), and what the quality check found.

    Once it is answered: `outputs`, and where the model looked, as a picture `heat` (uint8 [h, w, 4]) over the photo.
    """

    content: bytes
    shown: np.ndarray
    report: QualityReport
    used_anyway: bool = False
    outputs: Outputs | None = None
    heat: np.ndarray | None = None


@dataclass
class Draft:
    """A case that is not saved yet. `follows` is the case that gets one more visit, where it is a follow-up."""

    follows: Case | None = None
    reference: str = ""
    site: str = ""
    age_band: str = ""
    sex: str = ""
    skin_type: str = ""
    symptoms: tuple[str, ...] = ()
    note: str = ""
    photos: list[Taken] = field(default_factory=list)
    pending: Taken | None = None
    answer: Answer | None = None
    saved: Case | None = None


def take(content: bytes) -> Taken:
    """Read and check a photo; PhotoError where it cannot be read. Slow: not for the UI thread."""
    image = photo.load(content, SHOWN_SIDE_PX)
    return Taken(content, reduced(image, SHOWN_SIDE_PX), quality.assess(image))


def reduced(image: np.ndarray, short_px: int) -> np.ndarray:
    """`image` with a short side of `short_px` at most."""
    from PIL import Image

    short = min(image.shape[:2])
    if short <= short_px:
        return image
    height, width = (max(1, round(side * short_px / short)) for side in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0))


def analyse(photos: Sequence[Taken], classifier: Classifier, task: Task) -> tuple[list[Taken], Answer]:
    """The photos with their outputs, and the answer for all of them. Slow; `task` can cancel it between photos."""
    answered = []
    for one in photos:
        task.check()
        outputs = one.outputs or classifier.outputs_of(one.content)
        answered.append(replace(one, outputs=outputs))
    task.check()
    outputs_of = [one.outputs for one in answered if one.outputs is not None]
    answer = combine(outputs_of, classifier.card, backend=classifier.backend_name)
    return [with_heat(one, answer, classifier) for one in answered], answer


def with_heat(one: Taken, answer: Answer, classifier: Classifier) -> Taken:
    """The photo with its heatmap for the answer's label, where the model has one."""
    cam = one.outputs.cam if one.outputs else None
    if cam is None:
        return one
    card, (height, width) = classifier.card, one.shown.shape[:2]
    return replace(one, heat=overlay(cam, card.labels.index(answer.label), card.fit, width, height))


def to_case(draft: Draft, classifier: Classifier, at: str) -> tuple[Case, dict[str, bytes]]:
    """The draft as a case with its new visit, and the new photos as JPEG files without EXIF data."""
    photos = {uuid.uuid4().hex: one for one in draft.photos}
    base = draft.follows or Case(id=uuid.uuid4().hex, created_at=at)
    values: dict[str, Any] = {
        "reference": draft.reference,
        "site": draft.site,
        "age_band": draft.age_band,
        "sex": draft.sex,
        "skin_type": draft.skin_type,
        "symptoms": draft.symptoms,
        "note": draft.note,
    }
    case = base if draft.follows else Case(id=base.id, created_at=at, **values)
    visit = visit_of(draft, classifier, photos, at)
    return case.with_visit(visit), {photo_id: jpeg_of(one.shown) for photo_id, one in photos.items()}


def visit_of(draft: Draft, classifier: Classifier, photos: dict[str, Taken], at: str) -> Visit:
    """The answer as the history keeps it."""
    answer, card, bundle = draft.answer, classifier.card, classifier.bundle
    shots = tuple(shot_of(photo_id, one) for photo_id, one in photos.items())
    of_model: dict[str, Any] = {
        "model": f"{card.name} {card.version}",
        "model_sha256": bundle.sha256 if bundle else "",
        "gate": str(bundle.gate["verdict"]) if bundle else "none",
    }
    if answer is None:
        return Visit(id=uuid.uuid4().hex, taken_at=at, shots=shots, reason="not analysed", **of_model)
    return Visit(
        id=uuid.uuid4().hex, taken_at=at, shots=shots, verdict=answer.verdict, code=answer.label.code,
        name=answer.label.name, tier=answer.tier.value, probability=answer.probability,
        probabilities=answer.probabilities, disagreement=answer.disagreement, reason=answer.reason, **of_model,
    )  # fmt: skip


def shot_of(photo_id: str, one: Taken) -> Shot:
    """One photo as the history keeps it."""
    logits = tuple(float(v) for v in one.outputs.logits) if one.outputs else ()
    return Shot(photo_id=photo_id, logits=logits, quality=one.report.codes, used_anyway=one.used_anyway)


def jpeg_of(image: np.ndarray) -> bytes:
    """A JPEG file of `image`, uint8 [H, W, 3], with nothing but the pixels."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
