"""How many photos are lacking, worked out by hand: a tolerance t with nothing discordant needs about 3.1 / t photos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_app.runtime.labels import KNOWN
from export.gate.gate_json import gate_json
from export.gate.tolerances import Tolerances
from export.gate.wanting import photos_wanted, wanting
from tests.export.gate.invented import findings

LOOSE = Tolerances(accuracy=0.5, recall=0.5)
# Two urgent classes, one that is not.
LABELS = (replace(KNOWN["mel"], code="one"), replace(KNOWN["mel"], code="two"), KNOWN["nv"])


def gate_of(counts: list[int], tolerances: Tolerances) -> dict[str, Any]:
    """gate.json of a file that changes nothing."""
    found = findings(counts, labels=LABELS, tolerances=tolerances)
    return gate_json(found, (), target="tflite", scheme="fp32", chosen="fp32", checked=())


def test_tier_alone_says_how_many_it_lacks() -> None:
    gate = gate_of([6, 6, 9], replace(LOOSE, tiers={"urgent": 0.005}))
    assert (gate["verdict"], wanting(gate), gate["photos"]["needed"]) == (
        "inconclusive", ["611 more of tier urgent"], 611,
    )  # fmt: skip


def test_tier_is_not_named_when_what_its_classes_lack_suffices() -> None:
    gate = gate_of([100, 140, 200], replace(LOOSE, recall=0.02))
    assert wanting(gate) == ["15 more of two", "55 more of one"]
    assert gate["photos"]["needed"] == 70


def test_accuracy_is_named_when_all_others_lack_less() -> None:
    gate = gate_of([20, 20, 20], replace(LOOSE, accuracy=0.005))
    assert (wanting(gate), gate["photos"]["needed"]) == (["563 more in all"], 563)


def test_classes_of_one_tier_count_for_it_and_tiers_for_the_accuracy() -> None:
    gate = gate_of([100, 155, 9], Tolerances(accuracy=0.01, recall=0.02, classes={"nv": 0.5}, tiers={"routine": 0.01}))
    lacks = 311 - 9
    assert wanting(gate) == ["55 more of one", f"{lacks} more of tier routine"]
    assert gate["photos"]["needed"] == 55 + lacks


def test_rows_that_photos_do_not_settle_are_named() -> None:
    gate = gate_of([200, 200, 200], Tolerances())
    for row in (gate["classes"][0], gate["tiers"][0], gate["accuracy"]):
        row.update(verdict="inconclusive", photos_needed=None)
    assert wanting(gate) == [
        "photos alone would not settle one, tier urgent, accuracy (its drop is not below its tolerance)"
    ]
    assert photos_wanted(gate) is None


@pytest.mark.parametrize("counts", [[155, 155, 155], [400, 200, 300]])
def test_nothing_is_lacking_when_photos_suffice(counts: list[int]) -> None:
    gate = gate_of(counts, Tolerances(accuracy=0.02))
    assert (gate["verdict"], wanting(gate), gate["photos"]["needed"]) == ("pass", [], 0)
