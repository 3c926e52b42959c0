from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.backends import Outputs
from edge_app.runtime.card import ModelCard, Thresholds
from edge_app.runtime.labels import RiskTier, label
from edge_app.ui.answer import combine
from edge_app.ui.figures import Recall, percent, probable, recall_for_skin_type, recall_of, wilson
from tests.contracts.tiny_model import card as tiny_card

CARD: ModelCard = dataclasses.replace(
    tiny_card(),
    labels=(label("nv"), label("mel"), label("bcc")),
    thresholds=Thresholds(energy_max=-1.0, confidence_min=0.5),
)


def answered(*logits: tuple[float, ...]):
    return combine([Outputs(np.array(one, np.float32)) for one in logits], CARD, backend="test")


def test_one_photo_is_answered_as_the_runtime_does() -> None:
    answer = answered((4.0, 1.0, 0.0))
    powers = np.exp([4.0, 1.0, 0.0])
    assert (answer.verdict, answer.label.code, answer.tier, answer.reason) == (
        "prediction", "nv", RiskTier.ROUTINE, "",
    )  # fmt: skip
    assert answer.probability == pytest.approx(powers[0] / powers.sum())
    assert [known.code for known, _ in answer.top] == ["nv", "mel", "bcc"]


def test_an_unsure_answer_is_never_routine() -> None:
    answer = answered((1.2, 1.0, 0.9))
    assert (answer.verdict, answer.label.code, answer.tier) == ("unsure", "nv", RiskTier.SOON)


def test_a_photo_like_nothing_known_is_told_apart_from_an_unsure_one() -> None:
    answer = answered((-3.0, -9.0, -9.0))
    assert (answer.verdict, answer.tier) == ("unknown", RiskTier.SOON)


def test_photos_that_agree_are_averaged() -> None:
    answer = answered((4.0, 0.0, 0.0), (2.0, 1.0, 0.0))
    powers = np.exp([3.0, 0.5, 0.0])
    assert (answer.verdict, answer.disagreement) == ("prediction", False)
    assert list(answer.probabilities.values()) == pytest.approx(list(powers / powers.sum()))


def test_photos_that_disagree_are_unsure_and_referred_as_the_most_urgent_one() -> None:
    answer = answered((6.0, 0.0, 0.0), (1.0, 2.0, 0.0))
    assert (answer.verdict, answer.disagreement, answer.label.code, answer.tier) == (
        "unsure", True, "nv", RiskTier.URGENT,
    )  # fmt: skip
    alone = np.exp([1.0, 2.0, 0.0])
    assert answer.probability == pytest.approx(alone[0] / alone.sum())
    assert "different answers" in answer.reason


@given(st.lists(st.tuples(*[st.floats(-8, 8)] * 3), min_size=1, max_size=4))
def test_order_of_the_photos_does_not_matter(logits: list[tuple[float, ...]]) -> None:
    one, other = answered(*logits), answered(*logits[::-1])
    assert (one.verdict, one.tier, one.disagreement) == (other.verdict, other.tier, other.disagreement)
    assert one.probability == pytest.approx(other.probability, abs=1e-5)


def test_wilson_interval_is_that_of_the_books() -> None:
    # Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == pytest.approx(0.0, abs=1e-12)


def test_recall_is_read_from_the_gate_or_not_evaluated() -> None:
    gate = {"classes": [{"label": "mel", "support": 73, "recall_exported": 46 / 73}, {"label": "nv", "support": 0}]}
    found = recall_of(gate, "mel")
    assert found == Recall(46 / 73, *wilson(46, 73), 73)
    assert recall_of(gate, "nv") is None
    assert recall_of({}, "mel") is None
    assert recall_for_skin_type(gate, "mel", "V") is None
    of_skin = {"skin_types": [{"label": "mel", "skin_type": "V", "support": 10, "recall_exported": 0.5}]}
    assert recall_for_skin_type(of_skin, "mel", "V") == Recall(0.5, *wilson(5, 10), 10)


def test_percent_is_whole_and_does_not_break_the_line() -> None:
    assert (percent(0.6251), percent(1.0)) == ("63\u00a0%", "100\u00a0%")
    assert (probable(0.999), probable(0.99), probable(0.001)) == (">\u00a099\u00a0%", "99\u00a0%", "<\u00a01\u00a0%")
