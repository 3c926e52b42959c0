from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime import timing
from edge_app.runtime.errors import DataError
from edge_app.runtime.schema import schema
from edge_app.runtime.timing import BenchmarkRow

ROW = BenchmarkRow(
    benchmark="latency", model="tiny 1.0", backend="ai_edge_litert 2.3.0", target="tflite", scheme="fp32", threads=2,
    metrics={"p50_ms": 1.5}, machine={"cores": 2}, provenance={"commit": "abc"}, created="2026-01-02T03:04:05Z",
)  # fmt: skip


@pytest.mark.parametrize(("q", "wanted"), [(0, 1.0), (50, 2.5), (90, 3.7), (95, 3.85), (100, 4.0)])
def test_percentile_reads_between_measurements(q: float, wanted: float) -> None:
    assert timing.percentile([4.0, 1.0, 3.0, 2.0], q) == pytest.approx(wanted)


@pytest.mark.parametrize(("values", "q"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_percentile_refuses_nothing_and_percentages_out_of_range(values: list[float], q: float) -> None:
    with pytest.raises(DataError):
        timing.percentile(values, q)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_percentile_lies_within_the_measurements(values: list[float], q: float) -> None:
    assert min(values) - 1e-6 <= timing.percentile(values, q) <= max(values) + 1e-6


def test_summary_gives_quantiles_mean_and_sample_deviation() -> None:
    found = timing.summary([2.0, 4.0, 9.0])
    assert found == pytest.approx({"p50": 4.0, "p90": 8.0, "p95": 8.5, "mean": 5.0, "std": 13**0.5, "n": 3})
    assert timing.summary([7.0])["std"] == 0.0


def test_measure_times_each_run_and_not_the_warmup() -> None:
    calls: list[int] = []
    assert len(timing.measure(lambda: calls.append(1), warmup=2, runs=3)) == 3
    assert len(calls) == 5


def test_clock_adds_up_parts_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 0.5, 1.0, 1.25])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(ticks))
    clock = timing.Clock()
    for _ in range(2):
        with clock.part("decode"):
            pass
    assert clock.ms == {"decode": 750.0}


def test_benchmark_row_comes_back_from_its_json_and_follows_its_schema() -> None:
    assert BenchmarkRow.from_json(ROW.to_json()) == ROW
    jsonschema.validate(json.loads(ROW.to_json()), schema("benchmark_row"))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[" * 100_000, ROW.to_json().replace('"threads"', '"cores"'),
             ROW.to_json().replace('"schema_version": 1', '"schema_version": 2')]
)  # fmt: skip
def test_benchmark_row_refuses_other_json(text: str) -> None:
    with pytest.raises(DataError, match="benchmark row"):
        BenchmarkRow.from_json(text)
