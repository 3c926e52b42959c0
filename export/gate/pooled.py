"""Pairs of several runs as one gate: each fold's photos, its own float model before, its own file after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from export.gate.clusters import clusters_of
from export.gate.examine import Findings, Fold, Reference
from export.gate.photos import PhotoSet, pixel_store
from export.gate.tolerances import Tolerances
from export.gate.verdict import judge
from export.options import FOLDS


def pooled(folds: Sequence[Fold], tolerances: Tolerances) -> Findings:
    """The findings on the photos of all `folds`, in their order; time, size and backend are those of the first."""
    parts = [fold.findings for fold in folds]
    photos = together([part.reference.photos for part in parts])
    before = np.concatenate([part.reference.logits for part in parts])
    after = np.concatenate([part.logits for part in parts])
    reference = Reference(photos=photos, logits=before, labels=parts[0].reference.labels)
    judgement = judge(
        photos.truth, reference.answers, after.argmax(axis=1), photos.clusters, reference.labels, tolerances
    )
    return replace(parts[0], reference=reference, logits=after, judgement=judgement, folds=tuple(folds))


def together(sets: Sequence[PhotoSet]) -> PhotoSet:
    """The photos of all sets, one set after the other; lesions and patients are numbered anew over all of them."""
    images = pixel_store((sum(map(len, sets)), *sets[0].images.shape[1:]))
    start = 0
    for one in sets:
        images[start : start + len(one)] = one.images
        start += len(one)
    groups = tuple(group for one in sets for group in one.groups)
    pixels = tuple(digest for one in sets for digest in one.pixels)
    types = [np.zeros(len(one), int) if one.skin_types is None else one.skin_types for one in sets]
    return replace(
        sets[0], name=FOLDS, ids=tuple(i for one in sets for i in one.ids), images=images,
        truth=np.concatenate([one.truth for one in sets]), groups=groups, clusters=clusters_of(groups, pixels),
        hashes=tuple(digest for one in sets for digest in one.hashes), pixels=pixels, skin_types=np.concatenate(types),
    )  # fmt: skip


def pooled_json(findings: Findings) -> dict[str, Any] | None:
    """What gate.json says of the folds; None for the findings of one file."""
    if not findings.folds:
        return None
    return {
        "judges": what_is_judged(len(findings.folds)),
        "folds": [
            {
                "fold": fold.number,
                "of": fold.count,
                "checkpoint_sha256": fold.checkpoint_sha256,
                "photos": len(fold.findings.logits),
                "verdict": fold.findings.judgement.verdict.value,
                "agreement": round(fold.findings.agreement, 6),
                "shipped": fold is findings.folds[0],
            }
            for fold in findings.folds
        ],
    }


def what_is_judged(count: int) -> str:
    """The verdict's meaning, in words."""
    return (
        f"This verdict is about the recipe of quantization, not about the shipped file alone: {count} runs of a"
        " cross-validation were quantized in the same way, and each file was compared with its own float model on the"
        " fold that its run did not train on. The shipped file is the first run's; the negative control ruins that file"
        " and uses its fold alone. Each run's best epoch was chosen on its fold, for float model and file alike."
    )
