"""The three verdicts, at their edges."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.runtime.labels import KNOWN
from export.gate.bound import drop_upper_bound
from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, Verdict, combine, judge

NV, MEL, SCC = 0, 1, 2
LABELS = [KNOWN["nv"], KNOWN["mel"], KNOWN["scc"]]  # routine, urgent, urgent
LOOSE = Tolerances(accuracy=0.5, recall=0.5)


def judged(counts: list[int], changes: dict[tuple[int, int], int], tolerances: Tolerances) -> Judgement:
    """A float model that is always right; `changes` {(truth, answer): photos} of the exported file."""
    truth = np.repeat(np.arange(len(counts)), counts)
    after = truth.copy()
    for (label, answer), photos in changes.items():
        after[np.flatnonzero(truth == label)[:photos]] = answer
    return judge(truth, truth.copy(), after, np.arange(len(truth)), LABELS, tolerances)


def test_verdict_is_pass_when_nothing_changes_and_photos_suffice() -> None:
    result = judged([155, 155, 155], {}, Tolerances())
    assert result.verdict is Verdict.PASS
    assert [row.needed for row in result.rows] == [0] * 6


def test_verdict_is_inconclusive_when_one_photo_of_a_class_is_missing() -> None:
    result = judged([154, 155, 155], {}, Tolerances())
    assert result.verdict is Verdict.INCONCLUSIVE
    assert [row.verdict for row in result.classes] == ["inconclusive", "pass", "pass"]
    assert [row.needed for row in result.classes] == [1, 0, 0]


def test_verdict_is_inconclusive_when_one_photo_alone_is_lost() -> None:
    result = judged([200, 20, 200], {(MEL, NV): 1}, Tolerances())
    row = result.classes[MEL]
    assert row.drop == 0.05 > row.tolerance
    assert (row.lost, row.verdict, result.verdict) == (1, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)


def test_verdict_is_fail_when_two_photos_are_lost_beyond_tolerance() -> None:
    result = judged([500, 50, 200], {(MEL, NV): 2}, Tolerances())
    assert result.classes[MEL].verdict is Verdict.FAIL
    assert result.accuracy.verdict is not Verdict.FAIL
    assert result.verdict is Verdict.FAIL


def test_verdict_is_not_fail_when_the_drop_equals_its_tolerance() -> None:
    result = judged([1000, 100, 200], {(MEL, NV): 2}, Tolerances())
    assert (result.classes[MEL].drop, result.classes[MEL].verdict) == (0.02, Verdict.INCONCLUSIVE)


def test_accuracy_fails_without_the_allowance_of_one_photo() -> None:
    result = judged([20, 20, 20], {(NV, MEL): 1}, Tolerances(accuracy=0.01, recall=0.5))
    assert result.classes[NV].verdict is not Verdict.FAIL
    assert (result.accuracy.verdict, result.verdict) == (Verdict.FAIL, Verdict.FAIL)


def test_tier_counts_answers_of_the_same_tier_as_right() -> None:
    stays = judged([100, 100, 100], {(MEL, SCC): 10}, LOOSE)
    leaves = judged([100, 100, 100], {(MEL, NV): 10}, LOOSE)
    assert [row.name for row in stays.tiers] == ["urgent", "routine"]
    assert (stays.tiers[0].lost, leaves.tiers[0].lost) == (0, 10)
    assert stays.classes[MEL].lost == leaves.classes[MEL].lost == 10


def test_tier_fails_when_losses_are_spread_over_classes() -> None:
    """One photo in each urgent class: no class may fail for one photo, the tier does."""
    result = judged([1000, 40, 40], {(MEL, NV): 1, (SCC, NV): 1}, Tolerances())
    assert [row.verdict for row in result.classes][1:] == ["inconclusive", "inconclusive"]
    assert (result.tiers[0].verdict, result.verdict) == (Verdict.FAIL, Verdict.FAIL)


def test_gains_balance_losses_in_the_drop_and_widen_the_bound() -> None:
    truth = np.zeros(200, dtype=int)
    before, after = truth.copy(), truth.copy()
    before[:5], after[5:10] = MEL, MEL
    row = judge(truth, before, after, np.arange(200), LABELS, Tolerances()).classes[NV]
    assert (row.lost, row.gained, row.drop, row.mcnemar_p) == (5, 5, 0.0, 1.0)
    assert row.drop_upper_95 == drop_upper_bound(5, 5, 200) > drop_upper_bound(0, 0, 200)


def test_photos_of_one_lesion_count_once_when_nothing_changes() -> None:
    truth = np.repeat([NV, MEL, SCC], 310)
    clusters = np.repeat(np.arange(465), 2)
    row = judge(truth, truth, truth, clusters, LABELS, Tolerances()).classes[MEL]
    assert (row.support, row.clusters) == (310, 155)
    assert row.drop_upper_95 == pytest.approx(drop_upper_bound(0, 0, 155))


def test_class_without_photos_is_inconclusive_and_says_how_many_it_needs() -> None:
    result = judged([200, 200, 0], {}, Tolerances())
    row = result.classes[SCC]
    assert (row.support, row.drop_upper_95, row.verdict, row.needed) == (0, 1.0, Verdict.INCONCLUSIVE, 155)


def test_worst_class_is_the_one_with_the_largest_drop() -> None:
    assert judged([100, 100, 100], {(MEL, SCC): 1, (SCC, NV): 3}, LOOSE).worst.name == "scc"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["fail", "inconclusive", "pass"], "fail"),
    ],
)
def test_combined_verdict(verdicts: list[str], expected: str) -> None:
    assert combine(Verdict(v) for v in verdicts) == expected
