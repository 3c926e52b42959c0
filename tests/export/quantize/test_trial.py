"""Times beside the float file, and when a candidate is beyond hope."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, judge
from export.quantize import trial
from export.quantize.trial import PAIRED_SECONDS, hopeless, least_drop, paired_ratio
from tests.export.gate.invented import LABELS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[float], list[float]], float]:
    """clock(times of one, times of the other) -> their ratio, as `measure` would give them; seconds pass with them."""
    now = [0.0]

    def ratio(one: list[float], other: list[float]) -> float:
        runs: dict[int, Iterator[float]] = {1: iter(one), 2: iter(other)}

        def measure(run: Callable[[], int], warm: int, timed: int) -> list[float]:
            taken = next(runs[run()])
            now[0] += taken
            return [taken]

        monkeypatch.setattr(trial, "measure", measure)
        monkeypatch.setattr(trial.time, "monotonic", lambda: now[0])
        return paired_ratio(lambda: 1, lambda: 2, PAIRED_SECONDS)

    return ratio


def test_ratio_is_of_the_least_times(clock: Callable[[list[float], list[float]], float]) -> None:
    assert clock([0.5, 0.2, 0.9] * 40, [0.4, 0.8, 1.0] * 40) == pytest.approx(0.5)


def test_candidate_that_seems_slower_gets_more_time(clock: Callable[[list[float], list[float]], float]) -> None:
    """Disturbed for the first two seconds, then as fast as float."""
    assert clock([0.3] * 22 + [0.1] * 200, [0.1] * 222) == pytest.approx(1.0)
    assert clock([0.3] * 400, [0.1] * 400) == pytest.approx(3.0)


def judged(lost: int, gained: int, photos: int) -> Judgement:
    """A judgement of three classes of `photos`, of which the second loses and gains."""
    truth = np.repeat([0, 1, 2], photos)
    before, after = truth.copy(), truth.copy()
    after[photos : photos + lost] = 0
    before[photos + lost : photos + lost + gained] = 0
    return judge(truth, before, after, np.arange(len(truth)), LABELS, Tolerances())


@pytest.mark.parametrize(("lost", "gained", "expected"), [(0, 0, False), (2, 0, False), (9, 0, True), (9, 8, False)])
def test_candidate_is_hopeless_only_when_it_has_lost_too_much_for_certain(
    lost: int, gained: int, expected: bool
) -> None:
    assert hopeless(judged(lost, gained, 50)) is expected


def test_least_drop_mirrors_the_upper_bound() -> None:
    """Tango 1998, 32 pairs: 9 lost, 3 gained, 95 % interval -0.027 to 0.390; one-sided 95 % lies within it."""
    row = judged(9, 3, 32).classes[1]
    assert -0.027 < least_drop(row) < row.drop < row.drop_upper_95 < 0.390
