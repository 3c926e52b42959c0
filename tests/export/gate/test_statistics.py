"""Tango's bound and the gate's against published intervals, by hand where there is a closed form, and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.gate.bound import drop_upper_bound
from export.gate.statistics import (
    clustered_drop_upper_bound,
    design_effect,
    mcnemar_p,
    photos_needed,
)
from train.evaluate.paired import paired_drop_upper_bound, score

Z_95 = 1.6448536269514722

# (lost, gained, n, two-sided alpha, published lower, published upper, digits, where)
PUBLISHED = [
    (0, 1, 44, 0.10, -0.096, 0.037, 3, "Tango 1998, crossover of soft contact lenses, 90 % interval"),
    (9, 3, 32, 0.05, -0.027, 0.390, 3, "Tango 1998, 32 matched pairs"),
    (16, 8, 86, 0.05, -0.020, 0.207, 3, "Agresti and Min 2005"),
    (1, 7, 21, 0.05, -0.517, -0.026, 3, "Fagerland, Lydersen and Laake 2014, airway hyper-responsiveness"),
    (3, 1, 14, 0.05, -0.1670, 0.4327, 4, "Tang, Li and Tang 2010"),
    (25, 2, 102, 0.05, 0.139, 0.321, 3, "Chang et al. 2024"),
]


@pytest.mark.parametrize(("lost", "gained", "n", "alpha", "lower", "upper", "digits", "where"), PUBLISHED)
def test_upper_bound_equals_published_interval_when_data_are_those_of_the_literature(
    lost: int, gained: int, n: int, alpha: float, lower: float, upper: float, digits: int, where: str
) -> None:
    assert round(paired_drop_upper_bound(lost, gained, n, alpha / 2), digits) == upper, where
    assert round(-paired_drop_upper_bound(gained, lost, n, alpha / 2), digits) == lower, where


@pytest.mark.parametrize("n", [1, 10, 133, 5000])
def test_upper_bound_has_closed_form_when_nothing_is_discordant(n: int) -> None:
    assert paired_drop_upper_bound(0, 0, n) == pytest.approx(Z_95**2 / (n + Z_95**2), abs=1e-12)


def test_upper_bound_needs_133_photos_when_tolerance_is_two_percent() -> None:
    assert paired_drop_upper_bound(0, 0, 132) > 0.02 >= paired_drop_upper_bound(0, 0, 133)


def test_upper_bound_is_one_when_there_are_no_photos_or_all_are_lost() -> None:
    assert paired_drop_upper_bound(0, 0, 0) == 1.0
    assert paired_drop_upper_bound(7, 0, 7) == pytest.approx(1.0)


def test_score_is_mcnemars_statistic_when_delta_is_zero() -> None:
    assert score(9, 3, 32, 0.0) == pytest.approx((9 - 3) / math.sqrt(9 + 3))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 400), st.sampled_from([0.01, 0.05, 0.1]))
def test_upper_bound_lies_above_the_drop_and_grows_with_every_loss(
    lost: int, gained: int, unchanged: int, alpha: float
) -> None:
    n = lost + gained + unchanged + 1
    for find in (paired_drop_upper_bound, drop_upper_bound):
        bound = find(lost, gained, n, alpha)
        assert (lost - gained) / n <= bound <= 1.0
        assert find(lost + 1, gained, n, alpha) >= bound
    assert drop_upper_bound(lost, gained, n) >= paired_drop_upper_bound(lost, gained, n)


@pytest.mark.parametrize("n", [1, 20, 155, 5000])
def test_gates_bound_solves_its_equation_when_nothing_is_discordant(n: int) -> None:
    # n d - 1/2 + (1 - 2 d) (z^2 - 1) / 6 = z sqrt(n d (1 - d)): steps of one photo, and the binomial's skewness.
    bound = drop_upper_bound(0, 0, n)
    spread = Z_95 * math.sqrt(n * bound * (1 - bound))
    assert n * bound - 0.5 + (1 - 2 * bound) * (Z_95**2 - 1) / 6 == pytest.approx(spread, abs=1e-9)


def test_gates_bound_needs_155_photos_when_tolerance_is_two_percent() -> None:
    assert drop_upper_bound(0, 0, 154) > 0.02 >= drop_upper_bound(0, 0, 155)


def test_gates_bound_is_tangos_when_counts_are_large() -> None:
    assert drop_upper_bound(5000, 4000, 100_000) == pytest.approx(
        paired_drop_upper_bound(5000, 4000, 100_000), abs=2e-5
    )


def test_gates_bound_is_one_when_there_are_no_photos_or_all_are_lost() -> None:
    assert drop_upper_bound(0, 0, 0) == 1.0
    assert drop_upper_bound(7, 0, 7) == 1.0


def test_mcnemar_p_equals_binomial_tail_when_worked_by_hand() -> None:
    assert mcnemar_p(0, 0) == 1.0
    assert mcnemar_p(7, 1) == pytest.approx(2 * (1 + 8) / 256)  # 0.0703, Fagerland et al. 2014
    assert mcnemar_p(1, 7) == mcnemar_p(7, 1)
    assert mcnemar_p(4, 4) == 1.0


def test_design_effect_is_exactly_one_when_every_photo_is_its_own_cluster() -> None:
    differences = np.array([1, 0, 0, -1, 0, 1, 0, 0])
    assert design_effect(differences, np.arange(8)) == 1.0
    assert clustered_drop_upper_bound(differences, np.arange(8)) == drop_upper_bound(2, 1, 8)


def test_bound_counts_clusters_when_nothing_is_discordant() -> None:
    bound = clustered_drop_upper_bound(np.zeros(200, int), np.repeat(np.arange(100), 2))
    assert bound == pytest.approx(drop_upper_bound(0, 0, 100))


def test_design_effect_is_obuchowskis_ratio_when_clusters_have_one_size() -> None:
    # 300 pairs of photos: 30 lost together, 30 gained together, 40 with one lost, 200 unchanged. Drop 40/600. Between
    # clusters 300/299 * (60 * 4 + 40 - 600 * 2 * d^2), single photos 120 + 40 - 600 * d^2; z^2 imagined at effect 2.
    pairs = np.r_[np.tile([1, 1], (30, 1)), np.tile([-1, -1], (30, 1)), np.tile([1, 0], (40, 1)), np.zeros((200, 2))]
    drop = 40 / 600
    between, single = 300 / 299 * (280 - 1200 * drop**2), 160 - 600 * drop**2
    expected = (between + Z_95**2 * 2) / (single + Z_95**2)
    effect = design_effect(pairs.ravel(), np.repeat(np.arange(300), 2))
    assert effect == pytest.approx(expected)
    assert effect == pytest.approx(1.75, abs=0.01)


def test_photos_that_are_alone_say_nothing_of_how_photos_follow_their_lesion() -> None:
    # 10 lesions of 30 photos, none lost, and 2,000 single photos of which 30 are: nobody knows whether a lesion's
    # photos are lost together, so it counts as if they were: (2000 + 10 * 900) / 2300.
    differences = np.r_[np.ones(30), np.zeros(1970), np.zeros(300)]
    clusters = np.r_[np.arange(2000), np.repeat(np.arange(2000, 2010), 30)]
    assert design_effect(differences, clusters) == pytest.approx(11_000 / 2300, rel=0.001)


def test_photos_of_one_lesion_count_as_one() -> None:
    assert design_effect(np.array([1, 0, 0, 0, -1]), np.zeros(5)) == 5.0


def test_design_effect_is_one_when_photos_of_a_lesion_never_agree() -> None:
    differences = np.tile([1, -1], 500)
    assert design_effect(differences, np.repeat(np.arange(500), 2)) == 1.0


def test_obuchowskis_statistic_follows_from_score_when_counts_are_divided_by_the_effect() -> None:
    # Yang, Sun and Hardin's form of Obuchowski's test: (K-1)/K * (sum d_k)^2 / sum d_k^2, for many discordant photos.
    rng = np.random.default_rng(3)
    sums = rng.choice([-2, 0, 2], size=4000, p=[0.25, 0.5, 0.25])
    differences = np.repeat(np.sign(sums), 2)
    effect = design_effect(differences, np.repeat(np.arange(4000), 2))
    lost, gained = np.sum(differences > 0) / effect, np.sum(differences < 0) / effect
    expected = (3999 / 4000) * sums.sum() ** 2 / np.sum(sums**2)
    assert score(lost, gained, 8000 / effect, 0.0) ** 2 == pytest.approx(expected, rel=0.01)


def test_photos_needed_is_what_is_missing_when_nothing_is_discordant() -> None:
    assert photos_needed(0, 0, 100, 0.02) == 55
    assert photos_needed(0, 0, 155, 0.02) == 0
    assert photos_needed(0, 0, 0, 0.02) == 155


def test_photos_needed_keeps_the_present_rates_when_photos_are_discordant() -> None:
    more = photos_needed(1, 1, 100, 0.02)
    assert more is not None and more > 55
    n = 100 + more
    assert drop_upper_bound(n / 100, n / 100, n) <= 0.02
    assert drop_upper_bound((n - 1) / 100, (n - 1) / 100, n - 1) > 0.02


def test_photos_needed_is_none_when_the_drop_is_out_of_tolerance_already() -> None:
    assert photos_needed(3, 0, 100, 0.02) is None
    assert photos_needed(2, 0, 100, 0.02) is None


def coverage(p10: float, p01: float, n: int) -> float:
    """Exact probability that the bound is not below the true drop, over every table of n photos."""
    total = 0.0
    for lost in range(n + 1):
        for gained in range(n + 1 - lost):
            log_p = (
                math.lgamma(n + 1)
                - math.lgamma(lost + 1)
                - math.lgamma(gained + 1)
                - math.lgamma(n - lost - gained + 1)
                + (lost * math.log(p10) if lost else 0.0)
                + (gained * math.log(p01) if gained else 0.0)
                + (n - lost - gained) * math.log1p(-p10 - p01)
            )
            if log_p > -23 and drop_upper_bound(lost, gained, n) >= p10 - p01:
                total += math.exp(log_p)
    return total


def test_bound_covers_the_true_drop_at_least_95_percent_when_tables_are_enumerated() -> None:
    cases = [(p10, p01) for p10 in (0.02, 0.05, 0.1, 0.2) for p01 in (0.01, 0.03)]
    covered = [coverage(p10, p01, 80) for p10, p01 in cases]
    assert min(covered) > 0.95
    assert float(np.mean(covered)) < 0.985


def clustered_coverage(*, follow: float, p10: float, p01: float, runs: int, seed: int) -> float:
    """Share of simulated sets (120 lesions, 1 to 4 photos, photos follow their lesion with `follow`) that cover."""
    rng = np.random.default_rng(seed)
    outcomes, chances = np.array([1, -1, 0]), [p10, p01, 1 - p10 - p01]
    hits = 0
    for _ in range(runs):
        clusters = np.repeat(np.arange(120), rng.integers(1, 5, 120))
        lesion = rng.choice(outcomes, 120, p=chances)[clusters]
        own = rng.choice(outcomes, len(clusters), p=chances)
        differences = np.where(rng.random(len(clusters)) < follow, lesion, own)
        hits += clustered_drop_upper_bound(differences, clusters) >= p10 - p01
    return hits / runs


@pytest.mark.parametrize("follow", [0.0, 0.5, 1.0])
def test_clustered_bound_covers_near_95_percent_when_photos_of_a_lesion_agree(follow: float) -> None:
    covered = clustered_coverage(follow=follow, p10=0.06, p01=0.03, runs=600, seed=11)
    assert 0.925 < covered < 0.995


def test_unclustered_bound_covers_too_little_when_photos_of_a_lesion_agree() -> None:
    """The reason for the clustered one: the same simulation, every photo taken as its own lesion."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(600):
        lesion = rng.choice([1, -1, 0], 120, p=[0.06, 0.03, 0.91])
        differences = np.repeat(lesion, 4)
        hits += clustered_drop_upper_bound(differences, np.arange(480)) >= 0.03
    assert hits / 600 < 0.92


def pass_rate(p10: float, p01: float, n: int, tolerance: float) -> float:
    """Exact probability that a class of `n` photos passes, over every number of lost and gained photos."""
    total = 0.0
    for gained in range(n + 1):
        chance = math.comb(n, gained) * p01**gained * (1 - p01) ** (n - gained)
        if chance < 1e-9:
            continue
        q, left, cumulated, lost = p10 / (1 - p01), n - gained, 0.0, 0
        while lost <= left and drop_upper_bound(lost, gained, n) <= tolerance:
            cumulated += math.comb(left, lost) * q**lost * (1 - q) ** (left - lost)
            lost += 1
        total += chance * cumulated
    return total


@pytest.mark.parametrize("n", [155, 200, 240])
def test_class_out_of_tolerance_rarely_passes(n: int) -> None:
    at_tolerance = [pass_rate(0.02 + p01, p01, n, 0.02) for p01 in (0.0, 0.005, 0.01)]
    beyond = [pass_rate(0.03 + p01, p01, n, 0.02) for p01 in (0.0, 0.005, 0.01)]
    assert max(at_tolerance) < 0.05
    assert max(beyond) < 0.02


def test_harmless_class_passes_when_photos_are_many() -> None:
    assert pass_rate(0.005, 0.005, 500, 0.02) > 0.95
