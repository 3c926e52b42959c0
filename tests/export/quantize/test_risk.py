"""What is foretold of the gate from the selection photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.gate.examine import Findings, Reference
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict, judge
from export.quantize.candidate import Candidate, standing
from export.quantize.choice import choose, level
from export.quantize.risk import (
    CLASS_LOST,
    KEPT,
    RISK_MAX,
    TIER_LOST,
    Sizes,
    chance_to_fail,
    effect_of,
    failed,
    gates,
    kinds_of,
    prior,
    sizes_of,
    weight_of,
)
from tests.export.gate.invented import LABELS, findings, photo_set

RARE = [600, 60, 12]
TOLERANCES = Tolerances()


def risk_of(found: Findings, gate: list[int], tolerances: Tolerances = TOLERANCES) -> float:
    return chance_to_fail(
        found.reference, found.logits, Sizes(np.array(gate), tuple(np.ones(n, int) for n in gate)), tolerances
    )


def test_file_that_changes_nothing_is_without_risk() -> None:
    assert risk_of(findings(RARE), RARE) == 0.0


def test_risk_rises_with_the_noise_of_the_logits() -> None:
    quiet, louder, loud = (risk_of(findings(RARE, noise=noise, seed=1), RARE) for noise in (0.02, 0.35, 1.0))
    assert quiet < RISK_MAX < louder < loud
    assert loud > 0.9


def test_small_changes_are_told_from_large_ones_where_no_answer_has_changed() -> None:
    """Both files answer all 18 photos as before; one moved logits by thousandths, one by as much as it could."""
    small, large = (findings([6, 6, 6], noise=noise, seed=1) for noise in (0.005, 0.35))
    assert small.agreement == large.agreement == 1.0
    assert risk_of(small, RARE) < 0.01
    assert risk_of(large, RARE) > RISK_MAX


def test_risk_falls_with_the_photos_of_the_gate_where_the_drop_is_within_tolerance() -> None:
    few, many = (risk_of(findings([400, 400, 400], noise=0.1), [n, n, n]) for n in (20, 2000))
    assert many < 0.5 * few


def test_wider_tolerances_make_less_risk() -> None:
    found = findings(RARE, noise=0.3)
    assert risk_of(found, RARE, Tolerances(recall=0.5, accuracy=0.5)) < 0.2 * risk_of(found, RARE)


def test_risk_is_the_share_of_gates_that_fail() -> None:
    """Gates with photos of the same kind, judged by the gate itself, fail about as often as was foretold on average."""
    counts, foretold, failures = [200, 40, 20], [], []
    for seed in range(40):
        foretold.append(risk_of(findings(counts, noise=0.25, seed=seed), counts))
        again = findings(counts, noise=0.25, seed=1000 + seed)
        failures.append(again.judgement.verdict is Verdict.FAIL)
    assert np.mean(foretold) == pytest.approx(np.mean(failures), abs=0.15)


def test_prior_counts_what_photos_do_with_the_changes_of_others() -> None:
    """Class 0 has margins of 1 and 3; the only changes are 0 and 2 against it: one pair of four is lost, blur or no."""
    photos = photo_set(np.array([0, 0]))
    before = np.array([[1.0, 0.0, -9.0], [3.0, 0.0, -9.0]], np.float32)
    after = before - np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]], np.float32)
    reference = Reference(photos=photos, logits=before, labels=LABELS)
    found = prior(reference, after, 0, np.random.default_rng(0))
    assert found.sum() == pytest.approx(1.0)
    assert found @ CLASS_LOST == pytest.approx(0.25)
    assert found @ TIER_LOST == pytest.approx(0.25)
    assert prior(reference, after, 1, np.random.default_rng(0)) @ CLASS_LOST == pytest.approx(0.25)


def test_class_that_the_selection_lacks_is_taken_for_one_like_all_others() -> None:
    assert risk_of(findings([100, 100, 0]), [100, 100, 100]) == 0.0
    assert risk_of(findings([100, 100, 0], noise=1.0), [1, 1, 100]) > 0.5


def test_prior_weighs_as_many_photos_as_bring_one_change() -> None:
    kept = np.eye(9)[4]
    assert weight_of(0.99 * kept + 0.01 * np.eye(9)[8]) == pytest.approx(100.0)
    assert weight_of(kept) == 4000.0
    assert weight_of(np.eye(9)[8]) == 40.0


def test_photo_between_two_classes_is_no_danger_where_logits_hardly_move() -> None:
    """One of 60 melanomas is lost by a change of thousandths: its margin was smaller still."""
    found = findings(RARE, noise=0.005)
    assert found.judgement.classes[1].lost == 1
    assert risk_of(found, RARE) < RISK_MAX


def test_kinds_tell_class_and_tier_apart() -> None:
    """A nevus called melanoma loses class and tier; one called nevus again gains both; unchanged photos do neither."""
    truth, before, after = np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([1, 0, 2])
    kinds = kinds_of(truth, before, after, LABELS)
    assert CLASS_LOST[kinds].tolist() == [1, -1, 0]
    assert TIER_LOST[kinds].tolist() == [1, -1, 0]


def test_gates_fail_by_the_rules_of_the_gate() -> None:
    """One photo lost of a class is forgiven and two are not; accuracy forgives none beyond its tolerance."""
    photos = np.array([100, 100, 20])
    lost = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 2], [2, 1, 0], [2, 2, -1]])
    expected = [False, False, True, True, True]
    assert failed(lost, np.zeros_like(lost), photos, LABELS, TOLERANCES).tolist() == expected
    for row, verdict in zip(lost, expected, strict=True):
        truth = np.repeat(np.arange(3), photos)
        before = truth.copy()
        before[-1] = 0  # One bcc is wrong before, so that one can be gained.
        after = before.copy()
        for k, count in enumerate(row):
            mine = np.flatnonzero(truth == k)
            after[mine[: max(count, 0)]] = (k + 1) % 3
            after[mine[-1]] = k if count < 0 else after[mine[-1]]
        judged = judge(truth, before, after, np.arange(len(truth)), LABELS, replace(TOLERANCES, tiers={
            label.tier.value: 0.9 for label in LABELS
        }))  # fmt: skip
        assert (judged.verdict is Verdict.FAIL) == verdict


def test_sizes_count_photos_and_lesions_of_all_folds_without_their_answers() -> None:
    one = photo_set(np.array([0, 0, 1]), groups=["a", "a", "b"])
    other = photo_set(np.array([0, 2]), groups=["c", "d"])
    sizes = sizes_of([one, other], 3)
    assert sizes.photos.tolist() == [3, 1, 1]
    assert [sorted(each.tolist()) for each in sizes.clusters] == [[1, 2], [1], [1]]
    assert [effect_of(each) for each in sizes.clusters] == [pytest.approx(5 / 3), 1.0, 1.0]
    assert effect_of(np.array([], int)) == 1.0


def test_lesion_of_two_photos_does_not_make_single_photos_count_for_more() -> None:
    """The gate forgives a class one photo; only the lesion of two, one of eleven, can lose it more at once."""
    evidence = np.eye(9)[KEPT] * 99 + np.eye(9)[8]
    drawn = gates(evidence, np.array([2, *[1] * 10]), np.random.default_rng(0))
    assert drawn.sum(axis=1).tolist() == [12] * len(drawn)
    lost = drawn @ CLASS_LOST
    alone = gates(evidence, np.ones(12, int), np.random.default_rng(0)) @ CLASS_LOST
    assert np.mean(lost) == pytest.approx(np.mean(alone), abs=0.02)
    assert np.mean(alone > 1) < np.mean(lost > 1) < 0.5 * np.mean(lost > 0)


def test_too_risky_candidate_is_not_taken_while_another_holds_and_says_why() -> None:
    risky = Candidate(scheme="static8", findings=findings([200, 200, 20]), risk=0.3)
    safe = Candidate(scheme="fp32", findings=findings([200, 200, 20]), risk=0.0)
    assert (level(risky), level(safe)) == (1, 2)
    assert choose([risky, safe]) is safe
    assert choose([risky, replace(safe, risk=0.2)]) == replace(safe, risk=0.2)
    assert standing(risky) == (
        "too risky: 30% of gates of this size would fail it, 5% is allowed (nothing lost here, but its logits move"
        " too far)"
    )
