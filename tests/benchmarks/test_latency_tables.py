from __future__ import annotations

from rich.table import Table

from benchmarks.latency import STAGES
from benchmarks.latency_tables import model_table, photo_table
from tests.benchmarks.latency_rows import ROUNDS_MS, row


def cells_of(column: int, table: Table) -> list[object]:
    return list(table.columns[column].cells)


def test_the_first_file_has_no_ratio_to_itself() -> None:
    shown = model_table([row(), row("peer", made_by="other", rounds_ms=tuple(2 * ms for ms in ROUNDS_MS))])
    assert cells_of(-1, shown) == ["1", "2.000 (2.000 to 2.000)"]


def test_one_photo_has_no_interval_and_no_percentiles() -> None:
    figures = {f"stage_{stage}_p50_ms": 5.0 for stage in STAGES}
    figures |= {f"end_to_end_{name}_ms": 20.0 for name in ("p50", "p90", "p95")}
    once = row(
        metrics={**figures, "end_to_end_runs": 1.0, "full_decode_p50_ms": 20.0},
        photo_in_ms=[4.2], full_decode_ms=[20.0],
    )  # fmt: skip
    shown = photo_table([once])
    assert cells_of(-1, shown) == ["0.210 (one round)"]
    assert [cells_of(column, shown) for column in (5, 6, 7)] == [["20.0"], [""], [""]]
