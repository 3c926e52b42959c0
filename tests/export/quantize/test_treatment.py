from __future__ import annotations

import itertools

import pytest

from export.quantize.treatment import Treatment, treatment_of


@pytest.mark.parametrize(
    ("ranges", "smooth", "bias"),
    list(itertools.product(("least_error", "percentile"), (None, 0.07, 0.5), (False, True))),
)
def test_what_a_search_names_can_be_asked_for(ranges: str, smooth: float | None, bias: bool) -> None:
    treatment = Treatment(base="static8", ranges=ranges, smooth=smooth, bias=bias)  # type: ignore[arg-type]
    plain = treatment == Treatment(base="static8")
    assert treatment_of(treatment.scheme) == (None if plain else treatment)


@pytest.mark.parametrize(
    "scheme",
    ["static8", "fp16", "", "static8_", "static8_bias_smooth50", "static8_mixed2_bias", "static8_smooth0",
     "w8_smooth50", "static8_smooth100", "static8_smooth05", "dynamic8_percentile", "STATIC8_bias", "static8_bias\n"],
)  # fmt: skip
def test_plain_schemes_and_other_spellings_are_no_treatment(scheme: str) -> None:
    assert treatment_of(scheme) is None
