"""The plots of report.html: every candidate's number once, the one taken by name, nothing on top of another."""

from __future__ import annotations

import re
from typing import Any

from export.gate.report_scatter import candidate_plots
from export.gate.report_tables import candidate_table


def row(scheme: str, size_bytes: int | None, p50_ms: float | None, drop: float | None, **others: Any) -> dict[str, Any]:
    """A candidate as gate.json has it."""
    return {
        "scheme": scheme, "size_bytes": size_bytes, "p50_ms": p50_ms, "worst_recall_drop": drop, "verdict": "fail",
        "chosen": False, "worst_class": "mel", "agreement": 0.9, "accuracy": 0.5, "risk": 0.9, "why": f"why {scheme}",
        "times_float": None,
    } | others  # fmt: skip


ROWS = [
    row("static8", 1_640_000, 0.4, 0.167),
    row("static8_percentile", 1_640_000, 0.4, 0.167),
    row("unmeasured", None, None, None, verdict=None, worst_class=None),
    row("w8", 1_450_000, 1.2, 0.167, times_float=1.21, slower_than_float=True),
    row("fp16<b>", 1_445_000, 1.2, 0.0, chosen=True, verdict="pass"),
]  # fmt: skip


def texts(plots: str) -> list[str]:
    """What is written beside the dots of the first plot."""
    return re.findall(r'<text class="ink" x="[^"]*" y="[^"]*">([^<]*)</text>', plots.split("</svg>")[0])


def test_dots_on_one_another_share_a_label_and_the_one_taken_has_its_name() -> None:
    assert texts(candidate_plots(ROWS, 0.02)) == ["5 fp16&lt;b&gt;", "1, 2", "4"]


def test_labels_do_not_lie_on_one_another() -> None:
    rows = [row(f"s{k}", 1_600_000 + 60_000 * (k % 4), 1.0 + 0.08 * (k // 4), 0.1) for k in range(12)]
    boxes = [
        (float(x), float(y), 6.4 * len(text))
        for x, y, text in re.findall(r'<text class="ink" x="([\d.]+)" y="([\d.]+)">([^<]*)</text>',
                                     candidate_plots(rows, 0.02).split("</svg>")[0])
    ]  # fmt: skip
    assert len(boxes) >= 10
    for k, (x, y, width) in enumerate(boxes):
        for other_x, other_y, other_width in boxes[k + 1 :]:
            assert abs(y - other_y) >= 12 or x + width <= other_x or other_x + other_width <= x


def test_numbers_in_the_table_are_those_of_the_dots() -> None:
    table = candidate_table(ROWS)
    found = re.findall(r'<small class="number">(\d+)</small><b>([^<]*)</b>', table)
    assert found[4] == ("5", "fp16&lt;b&gt;")
    assert "slower than float" in table.split("<b>w8</b>")[1].split("</td>")[0]
    assert table.count("slower than float") == 1 and "<span>1.21</span>" in table
