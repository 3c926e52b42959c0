"""Pairs of several runs as one gate, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from edge_app.runtime.schema import schema
from export.gate.examine import Findings, Fold
from export.gate.gate_json import card_summary, gate_json
from export.gate.pooled import pooled, together
from export.gate.report import report_html
from export.gate.report_markdown import report_markdown
from export.gate.tolerances import Tolerances
from export.quantize.risk import sizes_of
from tests.export.gate.invented import card, findings, photo_set


def fold(number: int, found: Findings) -> Fold:
    return Fold(number=number, count=2, checkpoint_sha256=str(number) * 64, findings=found)


def with_groups(found: Findings, groups: list[str]) -> Findings:
    photos = photo_set(found.reference.photos.truth, groups)
    return replace(found, reference=replace(found.reference, photos=photos))


def test_counts_are_the_sums_of_the_folds() -> None:
    one, two = findings([60, 30, 12], noise=0.8, seed=1), findings([55, 28, 9], noise=0.8, seed=2)
    both = pooled([fold(1, one), fold(2, two)], Tolerances())
    for whole, *parts in zip(both.judgement.rows, one.judgement.rows, two.judgement.rows, strict=True):
        for name in ("support", "lost", "gained", "right_float", "right_exported"):
            assert getattr(whole, name) == sum(getattr(part, name) for part in parts), name
        assert whole.drop == pytest.approx((whole.lost - whole.gained) / whole.support)
    assert sum(row.lost for row in both.judgement.classes) > 0
    assert len(both.reference.photos) == len(both.logits) == 194


def test_folds_prove_what_none_proves_alone() -> None:
    parts = [findings([90, 90, 90], seed=n) for n in (1, 2)]
    apart = [with_groups(part, [f"{n}-{i}" for i in range(270)]) for n, part in enumerate(parts)]
    both = pooled([fold(n, part) for n, part in enumerate(apart, 1)], Tolerances())
    assert [part.judgement.verdict.value for part in parts] == ["inconclusive", "inconclusive"]
    assert both.judgement.verdict.value == "pass"


def test_lesions_are_numbered_over_all_folds() -> None:
    one = with_groups(findings([2, 1, 1]), ["a", "a", "b", "c"])
    two = with_groups(findings([2, 1, 1]), ["d", "e", "e", "f"])
    photos = pooled([fold(1, one), fold(2, two)], Tolerances()).reference.photos
    assert photos.clusters.tolist() == [0, 0, 1, 2, 3, 4, 4, 5]
    assert photos.name == "run@folds"


def test_photo_that_two_folds_hold_is_one() -> None:
    one, two = (with_groups(findings([1, 1, 1]), [f"{n}a", f"{n}b", f"{n}c"]).reference.photos for n in "12")
    copied = replace(two, pixels=(two.pixels[0], one.pixels[1], two.pixels[2]))
    assert together([one, copied]).clusters.tolist() == [0, 1, 2, 3, 1, 4]
    assert [sorted(each) for each in sizes_of([one, copied], 3).clusters] == [[1, 1], [2], [1, 1]]


def test_pages_say_what_is_judged_and_one_file_alone_says_nothing_of_folds() -> None:
    found = pooled([fold(1, findings([60, 60, 60], seed=1)), fold(2, findings([60, 60, 60], seed=2))], Tolerances())

    def written(findings: Findings) -> dict[str, object]:
        gate = gate_json(findings, (), target="tflite", scheme="static8", chosen="", checked=())
        return {**gate, "negative_control": []}

    gate, alone = written(found), written(findings([60, 60, 60]))
    jsonschema.validate(gate, schema("gate"))
    said = "about the recipe of quantization, not about the shipped file alone: 2 runs"
    assert said in report_html(gate, card()) and said in report_markdown(gate, card())
    assert said in card_summary(gate)["pooled"]
    assert "After: files of all folds" in report_html(gate, card()) and "shipped file through" not in report_html(
        gate, card()
    )
    assert "Pooled" not in report_html(alone, card()) and "pooled" not in card_summary(alone)
    assert alone["pooled"] is None
