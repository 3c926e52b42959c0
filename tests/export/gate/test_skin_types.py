from __future__ import annotations

import dataclasses

import numpy as np

from edge_app.ui.figures import recall_for_skin_type
from export.gate.skin_types import skin_type_rows
from tests.export.gate.invented import findings


def test_recall_of_each_skin_type_is_that_of_its_photos() -> None:
    found = findings([4, 4, 4], noise=0.0)
    photos, labels = found.reference.photos, found.reference.labels
    skin_types = np.array([2, 2, 5, 0] * 3)
    logits = found.logits.copy()
    # One photo of the first class, of type II, gets another answer.
    first = int(np.flatnonzero((photos.truth == 0) & (skin_types == 2))[0])
    logits[first] = -found.logits[first]
    reference = dataclasses.replace(found.reference, photos=dataclasses.replace(photos, skin_types=skin_types))
    rows = skin_type_rows(dataclasses.replace(found, reference=reference, logits=logits))
    right = logits.argmax(axis=1) == photos.truth
    expected = float(right[(photos.truth == 0) & (skin_types == 2)].mean())
    measured = recall_for_skin_type({"skin_types": rows}, labels[0].code, "II")
    assert measured is not None
    assert measured.share == round(expected, 6) < 1
    assert {row["skin_type"] for row in rows} == {"II", "V"}
    assert sum(row["support"] for row in rows if row["label"] is None) == 9
    assert recall_for_skin_type({"skin_types": rows}, labels[0].code, "VI") is None


def test_photos_that_do_not_say_are_not_counted() -> None:
    assert skin_type_rows(findings([4, 4, 4], noise=0.0)) == []
