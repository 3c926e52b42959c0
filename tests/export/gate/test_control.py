"""The negative control fails what must fail, and stops the run where the gate would not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from edge_app.runtime.backends import Outputs
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError, GateError
from export.gate import control
from export.gate.control import in_turn, negative_control, permuted_head, subset, zeroed_layer
from export.gate.examine import Findings
from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, Row, Verdict, judge
from tests.export.gate.invented import LABELS, card, findings

TOLERANCES = Tolerances()


class Constant:
    """A ruined file, opened: the same logits for every photo."""

    card = card()

    def __init__(self, logits: list[float]) -> None:
        self.logits = np.array(logits, np.float32)

    def outputs(self, image: np.ndarray) -> Outputs:
        return Outputs(self.logits)


@pytest.fixture(autouse=True)
def copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file has to be ruined: the runtime stands in for it."""
    monkeypatch.setattr(control, "ruined", lambda model, out: out)


def opened(logits: list[float]) -> Classifier:
    return cast(Classifier, Constant(logits))


def judged(found: Findings, logits: list[float]) -> list[control.Control]:
    return negative_control(found, Path("model.tflite"), TOLERANCES, lambda path: opened(logits))


def test_both_controls_are_failed_by_the_gate_that_passes_the_file() -> None:
    found = findings([200, 200, 200])
    assert found.judgement.verdict == "pass"
    controls = judged(found, [1.0, 0.0, 0.0])
    assert [(one.name, one.judgement.verdict) for one in controls] == [
        ("permuted head", "fail"),
        ("zeroed layer", "fail"),
    ]
    assert [one.photos for one in controls] == [600, 200]
    said = controls[0].to_dict()
    assert said["accuracy_drop"] > 0.5
    assert (said["accuracy_verdict"], said["failed_classes"], said["failed_tiers"]) == (
        "fail", ["nv", "mel", "bcc"], ["urgent", "soon", "routine"],
    )  # fmt: skip
    assert controls[1].to_dict()["failed_classes"] == ["mel", "bcc"]


def test_permuted_head_lets_every_class_answer_for_the_next() -> None:
    found = findings([40, 40, 40])
    right = int(np.sum(found.reference.answers == found.reference.photos.truth))
    row = permuted_head(found, TOLERANCES).judgement.accuracy
    shifted = (found.answers + 1) % 3
    assert row.right_float == right
    assert row.right_exported == int(np.sum(shifted == found.reference.photos.truth))


def test_zeroed_layer_takes_all_of_a_rare_class() -> None:
    found = findings([400, 400, 10])
    one = zeroed_layer(found, Path("model.tflite"), TOLERANCES, lambda path: opened([0.0, 1.0, 0.0]))
    assert [row.support for row in one.judgement.classes] == [95, 95, 10]
    assert [row.right_exported for row in one.judgement.classes] == [0, 95, 0]


def test_run_stops_when_the_gate_does_not_fail_the_ruined_file() -> None:
    """The float model itself answers one class only: nothing can be lost, and the gate would pass anything."""
    found = findings([100, 100, 100])
    constant = np.tile(np.float32([1, 0, 0]), (300, 1))
    blind = replace(found, reference=replace(found.reference, logits=constant))
    said = r"negative control: the gate fails no class of a ruined file \(zeroed layer, called inconclusive\) on 200"
    with pytest.raises(GateError, match=said) as error:
        judged(replace(blind, logits=constant), [1.0, 0.0, 0.0])
    assert "\n" not in str(error.value)


def test_inconclusive_counts_as_a_broken_control() -> None:
    """The float model is wrong in some photos of every class, so that no drop can exceed this tolerance."""
    found, lenient = findings([20, 20, 20], seed=2), Tolerances(accuracy=0.96, recall=0.96)
    assert all(row.rate_float < 0.96 for row in found.judgement.classes)
    with pytest.raises(GateError, match=r"\(permuted head, called inconclusive\) on 60 photos"):
        negative_control(found, Path("model.tflite"), lenient, lambda path: opened([1.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("blind", "said"),
    [
        ("classes", r"no class of a ruined file \(permuted head, called fail\) on 600 photos"),
        ("tiers", "no tier of either ruined file on 600 photos"),
        ("accuracy", "the accuracy of neither ruined file on 600 photos"),
    ],
)
def test_run_stops_when_one_kind_of_row_cannot_fail(monkeypatch: pytest.MonkeyPatch, blind: str, said: str) -> None:
    """The other kinds still fail, and the verdict with them."""

    def blinded(*given: Any) -> Judgement:
        judgement = judge(*given)
        rows = getattr(judgement, blind)
        passed = replace(rows, verdict=Verdict.PASS) if isinstance(rows, Row) else tuple(
            replace(row, verdict=Verdict.PASS) for row in rows
        )  # fmt: skip
        return replace(judgement, **{blind: passed})

    found = findings([200, 200, 200])
    monkeypatch.setattr(control, "judge", blinded)
    with pytest.raises(GateError, match=f"the gate fails {said}, where the float model itself is right in 9"):
        judged(found, [1.0, 0.0, 0.0])


def test_labels_in_another_order_fail_and_so_do_the_controls() -> None:
    """Permuted once more such a file would be whole; the float model stands for it."""
    found = findings([200, 200, 200])
    shifted = np.roll(found.logits, -1, axis=1)
    photos = found.reference.photos
    judgement = judge(photos.truth, found.answers, shifted.argmax(axis=1), photos.clusters, LABELS, TOLERANCES)
    assert all(one.caught for one in judged(replace(found, logits=shifted, judgement=judgement), [1.0, 0.0, 0.0]))


def test_ruined_file_that_answers_no_number_is_failed() -> None:
    nothing = [float("nan")] * 3
    assert zeroed_layer(findings([90, 90, 90]), Path("m.tflite"), TOLERANCES, lambda path: opened(nothing)).caught


def test_run_stops_when_the_ruined_file_cannot_be_run() -> None:
    def refuse(path: Path) -> Classifier:
        raise BackendError("no such kernel")

    with pytest.raises(GateError, match=r"negative control: the ruined file could not be run \(no such kernel\)"):
        negative_control(findings([90, 90, 90]), Path("model.tflite"), TOLERANCES, refuse)


def test_in_turn_takes_one_of_each_class_after_the_other() -> None:
    assert in_turn(np.array([0, 0, 0, 2, 1, 2])).tolist() == [0, 4, 3, 1, 5, 2]


def test_subset_keeps_rows_together() -> None:
    found = findings([5, 5, 5]).reference
    found = replace(found, photos=replace(found.photos, skin_types=np.arange(15) % 7))
    some = subset(found, np.array([12, 3]))
    assert some.photos.ids == ("photo-12", "photo-3")
    assert some.photos.truth.tolist() == [2, 0]
    assert some.photos.skin_types is not None and some.photos.skin_types.tolist() == [5, 3]
    assert np.array_equal(some.logits, found.logits[[12, 3]])
