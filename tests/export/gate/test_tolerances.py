"""Tolerances as the command line writes them."""

from __future__ import annotations

import pytest

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import KNOWN
from export.gate.tolerances import Tolerances, parse_tolerances, tiers_of

LABELS = [KNOWN[code] for code in ("nv", "mel", "bcc")]


def test_tolerances_follow_exceptions_when_class_or_tier_is_named() -> None:
    parsed = parse_tolerances(0.01, 0.02, ["mel=0.01", "tier:urgent=0.005"], LABELS)
    assert (parsed.of_class("mel"), parsed.of_class("nv")) == (0.01, 0.02)
    assert (parsed.of_tier("urgent"), parsed.of_tier("soon")) == (0.005, 0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mal=0.01", "unknown class 'mal'; allowed: nv, mel, bcc"),
        ("tier:deadly=0.01", "unknown tier 'deadly'; allowed: routine, soon, urgent"),
        ("mel", "write CLASS=VALUE"),
        ("mel=much", "write CLASS=VALUE"),
        ("mel=0", "allowed: above 0 and below 1"),
        ("mel=1.5", "allowed: above 0 and below 1"),
        ("mel=nan", "allowed: above 0 and below 1"),
    ],
)
def test_tolerance_is_refused_in_one_line_when_it_makes_no_sense(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_tolerances(0.01, 0.02, [text], LABELS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["mel", "tier:urgent"])
def test_second_tolerance_for_one_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}=0.5' is the second for {name}"):
        parse_tolerances(0.01, 0.02, [f"{name}=0.01", f"{name}=0.5"], LABELS)


@pytest.mark.parametrize("value", [-0.01, 0.0, 1.0, float("nan"), float("inf")])
def test_overall_tolerance_is_refused_when_out_of_range(value: float) -> None:
    with pytest.raises(ConfigError, match="max accuracy drop"):
        Tolerances(accuracy=value)


def test_tiers_stand_most_urgent_first() -> None:
    assert [tier.value for tier in tiers_of(LABELS)] == ["urgent", "soon", "routine"]
