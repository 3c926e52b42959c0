"""Climbing on the selection photos: what is tried in which order, what is treated, where it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.errors import BackendError, ConversionError
from export.gate.verdict import Verdict
from export.quantize.candidate import Candidate
from export.quantize.choice import choose, closest, explained
from export.quantize.curing import converter
from export.quantize.ladder import Ladder, climb
from export.quantize.preference import Preference
from export.quantize.treatment import Ranges, Treatment
from tests.export.gate.invented import findings
from tests.export.quantize.trials import Bench, write

HARMLESS, BAD, AWFUL = 0.0, 0.6, 3.0
ENOUGH, FEW = [200, 200, 200], [200, 200, 20]
SIZES = {"fp32": 9000, "fp16": 5000, "w8": 3500, "dynamic8": 3000, "static8": 2000}
TIMES = {"fp32": 9.0, "fp16": 9.0, "w8": 9.0, "dynamic8": 7.0, "static8": 4.0}


class Medicine:
    """Treatments whose outcome is written down: noise by scheme, else that of the base."""

    bases: tuple[str, ...] = ("static8", "dynamic8")
    ranges: tuple[Ranges, ...] = ("least_error", "percentile")
    groups = 4

    def __init__(self, noise: dict[str, float], alphas: tuple[float, ...] = ()) -> None:
        self.noise, self.alphas = noise, alphas
        self.written: list[str] = []

    def preview(self, treatment: Treatment, photos: Sequence[np.ndarray]) -> None:
        return None

    def write(self, treatment: Treatment, out: Path) -> Path:
        self.written.append(treatment.key)
        return write(out, noise=self.noise.get(treatment.key, self.noise.get(treatment.scheme, BAD)), p50=4.0)

    def make(self, candidate: Candidate, out: Path) -> Path:
        assert candidate.treatment is not None
        return self.write(candidate.treatment, out)


Climb = Callable[..., tuple[list[Candidate], Candidate | None]]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[int]], Bench]:
    return lambda counts: Bench(tmp_path / "memory", counts, monkeypatch)


def climbed(
    bench: Bench,
    noise: dict[str, float],
    *,
    medicine: Medicine | None = None,
    prefer: Preference = "latency",
    every_one: bool = False,
    times: dict[str, float] | None = None,
) -> tuple[list[Candidate], Candidate | None]:
    """Candidates, explained, and the one taken, of schemes with `noise`."""

    def convert(scheme: str) -> Path:
        if noise[scheme] < 0:
            raise ConversionError("an op has no integer kernel")
        path = bench.trial.memory.place(scheme) / "model"
        return write(path, noise=noise[scheme], p50=(times or TIMES)[scheme], size=SIZES[scheme])

    ladder = Ladder(
        schemes=tuple(noise), convert=convert, trial=bench.trial, cures=medicine,
        treat=None if medicine is None else converter(medicine.make, bench.trial.memory.place, ""), prefer=prefer,
    )  # fmt: skip
    tried = climb(ladder, every_one=every_one)
    chosen = choose(tried, prefer)
    return explained(tried, chosen, prefer), chosen


def schemes_of(found: list[Candidate]) -> list[str]:
    return [candidate.scheme for candidate in found]


def whys(found: list[Candidate]) -> dict[str, str]:
    return {candidate.scheme: candidate.why for candidate in found}


def taken(chosen: Candidate | None) -> str | None:
    return None if chosen is None else chosen.scheme


def test_first_that_holds_is_taken_and_later_ones_are_not_tried(bench: Callable[[list[int]], Bench]) -> None:
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "dynamic8": HARMLESS, "static8": AWFUL})
    assert schemes_of(found) == ["static8", "dynamic8", "fp32"]
    assert taken(chosen) == "dynamic8"
    assert "is allowed" in found[0].why
    assert found[1].why == "taken: the fastest that holds"
    assert (found[2].findings, found[2].why) == (None, "not tried: dynamic8 holds and comes first")


def test_hopeless_candidate_is_stopped_after_the_first_slice(bench: Callable[[list[int]], Bench]) -> None:
    found, _ = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": AWFUL})
    findings = found[0].findings
    assert findings is not None and found[0].stopped
    assert len(findings.logits) == 150
    assert [row.support for row in findings.judgement.classes] == [50, 50, 50]
    assert found[0].why.startswith("stopped after 150 photos: ")


def test_scheme_that_holds_for_want_of_photos_is_taken_when_float_could_not_pass_either(
    bench: Callable[[list[int]], Bench],
) -> None:
    found, chosen = climbed(bench(FEW), {"fp32": HARMLESS, "dynamic8": HARMLESS})
    assert taken(chosen) == "dynamic8"
    assert found[0].verdict == "inconclusive"


def test_file_slower_than_float_is_flagged_and_does_not_end_the_climb(bench: Callable[[list[int]], Bench]) -> None:
    times = {**TIMES, "dynamic8": 30.0}
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "w8": HARMLESS, "dynamic8": HARMLESS}, times=times)
    assert taken(chosen) == "w8"
    assert whys(found)["dynamic8"] == ("does as well, but w8 is faster; SLOWER than float (3.33 times its time)")


def test_smallest_of_those_that_are_as_fast_is_taken(bench: Callable[[list[int]], Bench]) -> None:
    times = {"fp32": 8.0, "fp16": 9.0, "w8": 9.0}
    schemes = dict.fromkeys(times, HARMLESS)
    found, chosen = climbed(bench(ENOUGH), schemes, every_one=True, times=times)
    assert taken(chosen) == "w8"
    assert whys(found) == {
        "w8": "taken: the smallest of those that hold and are as fast as the fastest within 15%",
        "fp16": "does as well, but w8 is as fast and smaller",
        "fp32": "does as well, but w8 is as fast and smaller",
    }


def test_nothing_is_called_fast_where_files_were_not_timed(bench: Callable[[list[int]], Bench]) -> None:
    found, _ = climbed(bench(ENOUGH), dict.fromkeys(("fp32", "w8"), HARMLESS), every_one=True)
    untimed = [replace(one, times_float=None, why="") for one in found]
    assert whys(explained(untimed, choose(untimed))) == {
        "w8": "taken: the smallest that holds",
        "fp32": "does as well, but w8 is smaller",
    }


def test_times_are_those_of_the_float_file_times_the_ratio_that_decides(bench: Callable[[list[int]], Bench]) -> None:
    """Every burst by itself takes 5 ms here, whichever file it is of."""
    times = {"fp32": 9.0, "fp16": 9.9, "w8": 18.0}
    found, _ = climbed(bench(ENOUGH), dict.fromkeys(times, HARMLESS), every_one=True, times=times)
    said = {one.scheme: (round(one.times_float or 0.0, 6), round(one.p50_ms or 0.0, 6)) for one in found}
    assert said == {"fp32": (1.0, 5.0), "fp16": (1.1, 5.5), "w8": (2.0, 10.0)}


def test_size_tries_the_smallest_file_first(bench: Callable[[list[int]], Bench]) -> None:
    noise = {"fp32": HARMLESS, "w8": HARMLESS, "dynamic8": AWFUL}
    found, chosen = climbed(bench(ENOUGH), noise, prefer="size", times={**TIMES, "w8": 8.0})
    assert schemes_of(found) == ["dynamic8", "w8", "fp32"]
    assert (taken(chosen), found[1].why) == ("w8", "taken: the smallest that holds")


def test_every_one_is_tried_when_asked_for(bench: Callable[[list[int]], Bench]) -> None:
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "fp16": HARMLESS, "static8": HARMLESS}, every_one=True)
    assert [candidate.verdict for candidate in found] == ["pass", "pass", "pass"]
    assert taken(chosen) == "static8"


def test_float_is_taken_when_nothing_else_holds_and_the_closest_is_named(bench: Callable[[list[int]], Bench]) -> None:
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "dynamic8": BAD, "static8": AWFUL})
    assert taken(chosen) == "fp32"
    assert found[-1].why.startswith("taken: the fastest that holds; dynamic8 came closest, but ")


def test_what_fails_is_further_from_holding_than_what_is_only_risky() -> None:
    failing = Candidate(scheme="dynamic8", findings=findings([200] * 3, noise=3.0), risk=0.1)
    risky = Candidate(scheme="static8", findings=findings([200] * 3), risk=0.4)
    assert (failing.verdict, risky.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert closest([failing, risky]) is risky


def test_none_is_taken_when_all_fail(bench: Callable[[list[int]], Bench]) -> None:
    found, chosen = climbed(bench(ENOUGH), {"fp32": AWFUL, "static8": AWFUL})
    assert chosen is None
    assert all("is allowed" in candidate.why for candidate in found)


def test_scheme_that_cannot_be_converted_or_run_stays_in_the_list(bench: Callable[[list[int]], Bench]) -> None:
    made = bench(ENOUGH)
    made.broken = {"dynamic8"}
    found, chosen = climbed(made, {"fp32": HARMLESS, "dynamic8": HARMLESS, "static8": -1.0})
    assert whys(found)["static8"] == "could not be converted: an op has no integer kernel"
    assert whys(found)["dynamic8"] == "could not be run: no such kernel"
    assert taken(chosen) == "fp32"


def test_treatment_goes_on_until_one_holds(bench: Callable[[list[int]], Bench]) -> None:
    medicine = Medicine({"static8_percentile": 0.5, "static8_percentile_bias": HARMLESS})
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": BAD}, medicine=medicine)
    assert schemes_of(found) == ["static8", "static8_percentile", "static8_percentile_bias", "fp32"]
    assert taken(chosen) == "static8_percentile_bias"
    assert medicine.written == ["static8_percentile", "static8_percentile_bias"]


def test_treatment_that_does_more_damage_is_not_built_on(bench: Callable[[list[int]], Bench]) -> None:
    medicine = Medicine({"static8_percentile": 1.0, "static8_bias": 0.4, "static8_mixed2_bias": HARMLESS})
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": BAD}, medicine=medicine)
    assert schemes_of(found)[1:4] == ["static8_percentile", "static8_bias", "static8_mixed2_bias"]
    assert taken(chosen) == "static8_mixed2_bias"


def test_other_alphas_are_tried_and_the_best_is_built_on_when_the_first_helps(
    bench: Callable[[list[int]], Bench],
) -> None:
    noise = {"static8_percentile": 1.0, "static8_smooth50": 0.5, "static8_smooth30": 0.4, "static8_smooth70": 0.45}
    medicine = Medicine({**noise, "static8_smooth30_bias": HARMLESS}, alphas=(0.5, 0.3, 0.7))
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": BAD}, medicine=medicine)
    assert schemes_of(found)[2:] == [
        "static8_smooth50", "static8_smooth30", "static8_smooth70", "static8_smooth30_bias", "fp32",
    ]  # fmt: skip
    assert taken(chosen) == "static8_smooth30_bias"


def test_one_alpha_is_tried_when_it_does_not_help(bench: Callable[[list[int]], Bench]) -> None:
    medicine = Medicine({"static8_percentile_smooth50": 1.0, "static8_percentile_bias": HARMLESS}, (0.5, 0.3))
    found, _ = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": 0.9}, medicine=medicine)
    assert schemes_of(found)[2:] == ["static8_percentile_smooth50", "static8_percentile_bias", "fp32"]


def test_groups_most_to_blame_stay_float_first(bench: Callable[[list[int]], Bench]) -> None:
    noise = {"static8_mixed1-2": 0.1, "static8_mixed1-0": 0.3, "static8_mixed2_bias": HARMLESS, "static8_bias": 0.5}
    medicine = Medicine(noise)
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": BAD}, medicine=medicine)
    assert taken(chosen) == "static8_mixed2_bias"
    assert "static8_mixed2_bias-0-2" in medicine.written
    assert "static8_mixed1" not in schemes_of(found)


@pytest.mark.parametrize("error", [RuntimeError("no such kernel"), BackendError("RuntimeError: no such kernel")])
def test_islands_that_cannot_be_found_cost_no_other_scheme(
    bench: Callable[[list[int]], Bench], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def preview(medicine: Medicine, treatment: Treatment, photos: Sequence[np.ndarray]) -> None:
        raise error

    monkeypatch.setattr(Medicine, "preview", preview)
    found, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": BAD}, medicine=Medicine({}))
    assert whys(found)["static8_mixed2"] == "could not be converted: RuntimeError: no such kernel"
    assert taken(chosen) == "fp32"


def test_plain_scheme_that_holds_is_not_treated(bench: Callable[[list[int]], Bench]) -> None:
    medicine = Medicine({})
    _, chosen = climbed(bench(ENOUGH), {"fp32": HARMLESS, "static8": HARMLESS}, medicine=medicine)
    assert (taken(chosen), medicine.written) == ("static8", [])


def test_answers_are_not_asked_for_again_after_an_interruption(bench: Callable[[list[int]], Bench]) -> None:
    noise = {"fp32": HARMLESS, "dynamic8": HARMLESS, "static8": AWFUL}
    first, second = bench(ENOUGH), bench(ENOUGH)
    before, _ = climbed(first, noise)
    after, chosen = climbed(second, noise)
    assert first.opened == ["static8", "fp32", "dynamic8"]
    assert second.opened == []
    assert whys(before) == whys(after)
    assert taken(chosen) == "dynamic8"
