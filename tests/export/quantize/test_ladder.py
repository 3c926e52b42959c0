"""Choosing a scheme on the selection photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.runtime.errors import BackendError, ConversionError
from export.gate.examine import Findings
from export.quantize.ladder import Candidate, choose, closest, convert_all, explained, try_in_turn
from tests.export.gate.invented import findings

PASSES = findings([200, 200, 200])
UNSETTLED = findings([200, 200, 50])
FAILS = findings([200, 200, 200], noise=0.8)


def candidates(tmp_path: Path, sizes: dict[str, int]) -> list[Candidate]:
    def convert(scheme: str) -> Path:
        path = tmp_path / scheme
        path.write_bytes(bytes(sizes[scheme]))
        return path

    return convert_all(list(sizes), convert)


def tried(tmp_path: Path, outcomes: dict[str, tuple[int, Findings]], *, every_one: bool = False) -> list[Candidate]:
    made = candidates(tmp_path, {scheme: size for scheme, (size, _) in outcomes.items()})
    found = try_in_turn(made, lambda c: outcomes[c.scheme][1], every_one=every_one)
    return explained(found, choose(found))


def taken(found: list[Candidate]) -> str | None:
    chosen = choose(found)
    return None if chosen is None else chosen.scheme


def test_smallest_that_passes_is_taken_and_larger_ones_are_not_tried(tmp_path: Path) -> None:
    found = tried(tmp_path, {"fp32": (90, PASSES), "static8": (20, FAILS), "dynamic8": (30, PASSES)})
    assert [c.scheme for c in found] == ["static8", "dynamic8", "fp32"]
    assert taken(found) == "dynamic8"
    assert found[2].findings is None
    assert "recall of" in found[0].why and "is allowed" in found[0].why
    assert found[1].why == "taken: the smallest that passes"
    assert found[2].why == "not tried: dynamic8 is smaller and passes"


def test_larger_one_that_passes_is_taken_before_smaller_that_is_not_settled(tmp_path: Path) -> None:
    found = tried(tmp_path, {"static8": (20, UNSETTLED), "fp32": (90, PASSES)})
    assert taken(found) == "fp32"
    assert found[0].why.startswith("not settled: recall of bcc may drop by up to")


def test_smallest_that_is_not_settled_is_taken_when_none_passes(tmp_path: Path) -> None:
    found = tried(tmp_path, {"static8": (20, FAILS), "dynamic8": (30, UNSETTLED), "fp32": (90, UNSETTLED)})
    assert taken(found) == "dynamic8"
    assert found[2].why == "does as well, but dynamic8 is smaller"


def test_none_is_taken_when_all_fail_and_the_closest_is_known(tmp_path: Path) -> None:
    worse = findings([200, 200, 200], noise=2.5)
    found = tried(tmp_path, {"static8": (20, worse), "fp32": (90, FAILS)})
    assert taken(found) is None
    nearest = closest(found)
    assert nearest is not None and nearest.scheme == "fp32"


def test_every_one_is_tried_when_asked_for(tmp_path: Path) -> None:
    found = tried(tmp_path, {"static8": (20, PASSES), "fp32": (90, PASSES)}, every_one=True)
    assert [c.verdict for c in found] == ["pass", "pass"]
    assert taken(found) == "static8"


def test_scheme_that_cannot_be_converted_or_run_stays_in_the_list(tmp_path: Path) -> None:
    def convert(scheme: str) -> Path:
        if scheme == "static8":
            raise ConversionError("an op has no integer kernel")
        path = tmp_path / scheme
        path.write_bytes(bytes(10 if scheme == "dynamic8" else 90))
        return path

    def examine(candidate: Candidate) -> Findings:
        if candidate.scheme == "dynamic8":
            raise BackendError("no such kernel")
        return PASSES

    found = try_in_turn(convert_all(["fp32", "dynamic8", "static8"], convert), examine, every_one=False)
    assert {c.scheme: c.why for c in found if c.why} == {
        "static8": "could not be converted: an op has no integer kernel",
        "dynamic8": "could not be run: no such kernel",
    }
    assert taken(found) == "fp32"


@pytest.mark.parametrize(("found", "said"), [(PASSES, "passes"), (UNSETTLED, "not settled: "), (FAILS, " drops by ")])
def test_only_candidate_says_that_it_was_asked_for(found: Findings, said: str) -> None:
    alone = Candidate(scheme="static8", findings=found)
    why = explained([alone], choose([alone]))[0].why
    assert why.startswith("the one asked for; ") and said in why
    assert explained([replace(alone, why="could not be run: x")], None)[0].why == "could not be run: x"
