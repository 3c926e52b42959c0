"""The simulation draws what it says, and the gate errs as rarely as it claims."""

from __future__ import annotations

import numpy as np
import pytest

from export.cli import main
from export.gate import error_page
from export.gate.error_rates import Truth, exact_over_sizes, exact_pass_rate, most_lost, outcomes, shares
from export.gate.statistics import clustered_drop_upper_bound
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict


def test_outcomes_have_the_rates_and_clusters_of_the_truth() -> None:
    truth = Truth(photos=40_000, per_lesion=4, follow=1.0)
    differences, clusters = outcomes(truth.photos, 0.05, 0.02, truth, np.random.default_rng(0))
    assert np.mean(differences > 0) == pytest.approx(0.07, abs=0.006)
    assert np.mean(differences < 0) == pytest.approx(0.02, abs=0.004)
    sizes = np.bincount(clusters)
    assert (sizes.max(), len(differences)) == (4, 40_000)
    same = [len(np.unique(differences[clusters == k])) == 1 for k in range(200)]
    assert all(same)


def test_exact_pass_rate_is_the_chance_of_no_loss_when_none_may_be_lost() -> None:
    assert most_lost(155, 0, 0.02) == 0
    assert most_lost(154, 0, 0.02) == -1
    assert exact_pass_rate(155, 0.02, 0.0, 0.02) == pytest.approx(0.98**155)
    assert exact_pass_rate(154, 0.0, 0.0, 0.02) == 0.0


@pytest.mark.parametrize(
    ("tolerance", "sizes"), [(0.02, error_page.SIZES), (0.01, (311, 481, 2188)), (0.05, (61, 809))]
)
def test_class_at_its_tolerance_never_passes_in_more_than_5_percent(tolerance: float, sizes: tuple[int, ...]) -> None:
    gained = (0.0, 0.0005, 0.002, 0.005, 0.01, 0.03)
    mean, largest, _ = exact_over_sizes(sizes, tolerance, gained, tolerance)
    assert 0.03 < mean < largest < 0.05
    assert exact_over_sizes(sizes, 1.5 * tolerance, gained, tolerance)[1] < 0.02


def test_sizes_of_the_page_are_those_from_which_one_more_photo_may_be_lost() -> None:
    assert [most_lost(photos, 0, 0.02) for photos in error_page.SIZES] == list(range(len(error_page.SIZES)))
    assert [most_lost(photos - 1, 0, 0.02) for photos in error_page.SIZES] == list(range(-1, len(error_page.SIZES) - 1))


def test_simulated_gate_agrees_with_the_exact_rate_when_photos_are_independent() -> None:
    found = shares(Truth(photos=200, drop=0.02, others=500), Tolerances(), runs=300, seed=1)
    assert found[Verdict.PASS] == pytest.approx(exact_pass_rate(200, 0.02, 0.0, 0.02), abs=0.03)
    assert sum(found.values()) == pytest.approx(1.0)


def test_simulated_gate_rarely_passes_a_file_out_of_tolerance_when_photos_share_lesions() -> None:
    truth = Truth(photos=400, drop=0.03, gained=0.005, per_lesion=4, follow=1.0, others=500)
    assert shares(truth, Tolerances(), runs=200, seed=2)[Verdict.PASS] < 0.05


def test_simulated_gate_rarely_passes_a_file_at_its_tolerance_when_few_lesions_have_many_photos() -> None:
    # With nine photos of ten alone the large lesions are rarely those lost, and what is seen looks independent.
    truth = Truth(photos=1200, drop=0.05, per_lesion=20, alone=0.85, follow=1.0, others=1)
    rng = np.random.default_rng(5)
    drawn = [outcomes(truth.photos, truth.drop, 0.0, truth, rng) for _ in range(400)]
    assert np.mean([clustered_drop_upper_bound(*one) <= truth.drop for one in drawn]) < 0.05


def test_harmless_file_passes_when_photos_are_many() -> None:
    truth = Truth(photos=1000, gained=0.002, others=1000, elsewhere=0.002)
    found = shares(truth, Tolerances(), runs=60, seed=3)
    assert (found[Verdict.FAIL], found[Verdict.PASS]) == (0.0, pytest.approx(1.0, abs=0.05))


def test_page_says_what_made_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_page, "SIZES", (155, 160))
    monkeypatch.setattr(error_page, "GAINED", (0.0,))
    monkeypatch.setattr(error_page, "CLUSTERINGS", ((1, 0.0, 0.0),))
    monkeypatch.setattr(error_page, "HARMFUL", [Truth(photos=150, others=200)])
    monkeypatch.setattr(error_page, "HARMLESS", [Truth(photos=12, others=12)])
    assert main(["gate-error", "--runs", "10", "--seed", "4"]) == 0
    text = capsys.readouterr().out
    assert "    python export.py gate-error --runs 10 --seed 4\n" in text
    # 0.98 ** 155 and 0.98 ** 160, the chances that nothing is lost.
    assert "| 1 x tolerance | 4.2 % | 4.4 % | 155 |" in text
    assert main(["gate-error", "--runs", "0"]) == 2
