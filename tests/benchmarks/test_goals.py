from __future__ import annotations

import pytest

from benchmarks.floor import SGEMM
from benchmarks.goals import MOBILEVIT, SWIN, Result, cells, measured, table
from edge_app.runtime.timing import BenchmarkRow
from tests.benchmarks.latency_rows import ROUNDS_MS, row


def scaled(by: float) -> tuple[float, ...]:
    return tuple(by * ms for ms in ROUNDS_MS)


STOCK = row("peer", made_by="litert-torch, expand_as removed", rounds_ms=scaled(2.0))


def of(rows: list[BenchmarkRow], name: str) -> Result:
    """The one result whose goal is called so."""
    (found,) = [one for one in measured(rows) if one.goal.name == name]
    return found


def test_a_ratio_to_stock_is_of_the_rounds_of_one_run() -> None:
    found = of([row(), STOCK], "MobileViTv2-100 TFLite fp32 / stock fp32")
    assert found.measured is not None
    assert found.measured.value == pytest.approx(0.5)
    assert found.met


def test_a_ratio_above_the_goal_is_missed() -> None:
    found = of([row(rounds_ms=scaled(1.6)), STOCK], "MobileViTv2-100 TFLite fp32 / stock fp32")
    assert found.measured is not None
    assert found.measured.value == pytest.approx(0.8)
    assert not found.met


@pytest.mark.parametrize(
    "other",
    [
        row("peer", run="another"),
        row("peer", threads=1),
        row("peer", network=SWIN),
        row("peer", target="onnx"),
        row("peer", scheme="static8"),
    ],
)
def test_what_is_not_the_stock_file_of_that_run_does_not_count(other: BenchmarkRow) -> None:
    assert of([row(), other], "MobileViTv2-100 TFLite fp32 / stock fp32").measured is None


def test_bare_files_do_not_count_since_no_gate_has_judged_them() -> None:
    found = of([row("file"), STOCK], "MobileViTv2-100 TFLite fp32 / stock fp32")
    assert found.measured is None
    assert not found.met


def test_the_fastest_8_bit_bundle_counts_whatever_its_cures() -> None:
    own = [row(scheme="static8_mixed2_bias", rounds_ms=scaled(0.5)), row(scheme="static8"), row(scheme="dynamic8")]
    found = of([*own, STOCK], "MobileViTv2-100 TFLite static 8-bit / stock fp32")
    assert found.measured is not None
    assert found.measured.value == pytest.approx(0.25)
    assert found.measured.of == "static8_mixed2_bias / litert-torch, expand_as removed"


def test_the_floor_is_that_of_sgemm_and_no_other() -> None:
    floors = [row("floor", made_by=SGEMM, target="floor", rounds_ms=scaled(0.8)), row("floor", made_by="faster")]
    found = of([row(), *floors], "MobileViTv2-100 TFLite fp32 / sgemm floor")
    assert found.measured is not None
    assert found.measured.value == pytest.approx(1.25)


def test_the_worse_network_counts_for_partitions_and_both_are_needed() -> None:
    mine = row(metrics={"partitions": 1.0})
    assert of([mine], "XNNPACK partitions of fp32").measured is None
    found = of([mine, row(network=SWIN, metrics={"partitions": 3.0})], "XNNPACK partitions of fp32")
    assert found.measured is not None
    assert (found.measured.value, found.met) == (3.0, False)


def test_load_and_fit_are_compared_with_the_full_decode_beside_them() -> None:
    photo = row(photo_in_ms=[3.0] * 6, full_decode_ms=[10.0] * 6)
    found = of([photo], "12-megapixel JPEG: load + fit / full decode")
    assert found.measured is not None
    assert (found.measured.value, found.met) == (pytest.approx(0.3), True)


def test_a_ratio_of_one_round_is_no_goal_met() -> None:
    once = [row(rounds_ms=ROUNDS_MS[:1]), row("peer", rounds_ms=scaled(2.0)[:1])]
    found = of(once, "MobileViTv2-100 TFLite fp32 / stock fp32")
    assert not found.met
    assert cells(found) == ("0.500 (one round)", "fp32 / dermedge", "too few rounds")


def test_a_ratio_of_many_rounds_goes_before_a_smaller_one_of_few() -> None:
    once = [row(rounds_ms=(1.0,), run="two"), row("peer", rounds_ms=(9.0,), run="two")]
    found = of([*once, row(), STOCK], "MobileViTv2-100 TFLite fp32 / stock fp32")
    assert found.measured is not None
    assert found.measured.value == pytest.approx(0.5)


def test_the_table_has_a_line_for_every_goal() -> None:
    results = measured([row(), STOCK])
    assert table(results).row_count == len(results) == 10
    assert MOBILEVIT != SWIN
