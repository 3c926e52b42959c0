"""The candidates of an export as two plots in inline SVG: size against time, size against the worst recall drop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, HEIGHT = 500, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 26, 40
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
MARKS_MAX = 5
LABEL_PX, DIGIT_PX, GAP_PX, DOT_PX = 13, 6.4, 4, 6


@dataclass(frozen=True)
class Point:
    """One candidate: where it stands, its place in the table, its scheme, its verdict, whether it was taken."""

    x: float
    y: float
    number: int
    scheme: str
    verdict: str
    chosen: bool

    @property
    def text(self) -> str:
        """What is written beside the dot."""
        return f"{self.number} {self.scheme}" if self.chosen else str(self.number)


@dataclass(frozen=True)
class Axis:
    """From 0 (or a little below) to `high`; `unit` follows each mark, of which there is one every `step`."""

    low: float
    high: float
    step: float
    unit: str

    def share(self, value: float) -> float:
        """Where `value` stands on the axis, 0..1."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    @property
    def marks(self) -> list[float]:
        """Multiples of the step, 0 included."""
        count = int(self.high / self.step + 1e-9)
        return [k * self.step for k in range(count + 1)]


def axis(values: Sequence[float], unit: str, at_least: float = 0.0) -> Axis:
    """An axis that holds 0, `values` and `at_least`, with a little room."""
    high = max(*values, at_least, 1e-9) * 1.1
    step = next((step for step in STEPS if high / step <= MARKS_MAX), high)
    return Axis(min(0.0, *values) * 1.1, high, step, unit)


def candidate_plots(candidates: Sequence[dict[str, Any]], tolerance: float | None) -> str:
    """Both plots; colours are verdicts, the ring is the one taken. "" with fewer than two measured.

    `tolerance` is that of every class, None where they differ: then no line can say what is allowed.
    Dots have the numbers of `candidate_table`: names of a dozen schemes lie on one another.
    """
    numbered = enumerate(candidates, 1)
    rows = [(n, row) for n, row in numbered if row["p50_ms"] is not None and row["size_bytes"] is not None]
    if len(rows) < 2:
        return ""
    times = [point(number, row, row["p50_ms"]) for number, row in rows]
    drops = [point(number, row, 100.0 * row["worst_recall_drop"]) for number, row in rows]
    size = axis([one.x for one in times], " MB")
    limit = None if tolerance is None else 100.0 * tolerance
    return (
        '<div class="pair">'
        + scatter("Time for a photo (p50) by size", times, size, axis([one.y for one in times], " ms"), None)
        + scatter(
            "Worst recall drop by size", drops, size,
            axis([one.y for one in drops], " %", 2.0 * (limit or 0.0)), limit,
        )
        + "</div>"
    )  # fmt: skip


def point(number: int, row: dict[str, Any], y: float) -> Point:
    """A candidate at the height `y`."""
    return Point(row["size_bytes"] / 1e6, y, number, row["scheme"], row["verdict"] or "none", row["chosen"])


def scatter(title: str, points: Sequence[Point], x: Axis, y: Axis, limit: float | None) -> str:
    """One plot; `limit` is a dashed line."""

    def right(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * x.share(value)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y.share(value)

    parts = [
        f'<text class="ink" x="{LEFT}" y="14" style="font-weight:600">{escape(title)}</text>',
        *(
            f'<path class="axis" d="M{LEFT} {down(mark):.1f} H{WIDTH - RIGHT}"/>'
            f'<text x="{LEFT - 6}" y="{down(mark) + 4:.1f}" text-anchor="end">{mark:g}{y.unit}</text>'
            for mark in y.marks
        ),
        *(
            f'<text x="{right(mark):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{mark:g}{x.unit}</text>'
            for mark in x.marks
        ),
    ]
    if limit is not None:
        parts.append(
            f'<path class="limit" d="M{LEFT} {down(limit):.1f} H{WIDTH - RIGHT}"/>'
            f'<text x="{LEFT + 4}" y="{down(limit) - 4:.1f}">allowed</text>'
        )
    parts += [mark_of(one, right(one.x), down(one.y)) for one in points]
    parts += labels_of(points, [(right(one.x), down(one.y)) for one in points])
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" style="width:100%;height:auto">'
        f"{''.join(parts)}</svg>"
    )


def mark_of(one: Point, x: float, y: float) -> str:
    """The dot, with a ring around the one taken."""
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke-width="2"/>' if one.chosen else ""
    title = f"<title>{escape(one.scheme)}: {one.x:.2f} MB, {one.y:.1f}</title>"
    return f'<g class="v-{one.verdict}">{title}<circle cx="{x:.1f}" cy="{y:.1f}" r="5" stroke="none"/>{ring}</g>'


def labels_of(points: Sequence[Point], places: Sequence[tuple[float, float]]) -> list[str]:
    """Texts beside the dots, one for those that lie on one another; the one taken first, for it has the longest."""
    found, taken = [], [(x - DOT_PX, x + DOT_PX, y) for x, y in places]
    for group in groups_of(points, places):
        x, y = (sum(places[k][axis] for k in group) / len(group) for axis in (0, 1))
        text = ", ".join(points[k].text for k in group)
        place = free_place(x, y, DIGIT_PX * len(text), taken)
        if place is None:
            continue
        start, line = place
        taken.append((start, start + DIGIT_PX * len(text), line))
        found.append(f'<text class="ink" x="{start:.1f}" y="{line + 4:.1f}">{escape(text)}</text>')
    return found


def groups_of(points: Sequence[Point], places: Sequence[tuple[float, float]]) -> list[list[int]]:
    """Indices of dots that lie on one another; the one taken stands alone and comes first."""
    groups: list[list[int]] = []
    for k in sorted(range(len(points)), key=lambda k: (not points[k].chosen, points[k].number)):
        near = [
            group for group in groups
            if not points[group[0]].chosen and math.dist(places[k], places[group[0]]) < 2 * DOT_PX
        ]  # fmt: skip
        if near:
            near[0].append(k)
        else:
            groups.append([k])
    return groups


def free_place(
    x: float, y: float, width: float, taken: Sequence[tuple[float, float, float]]
) -> tuple[float, float] | None:
    """Where a text begins and its line: beside a dot, above, below, where nothing else is; None without such a place.

    A dot without a text still has its tooltip.
    """
    left, right, middle = x - GAP_PX - DOT_PX - width, x + GAP_PX + DOT_PX, x - width / 2
    sides = [left, right] if right + width > WIDTH - RIGHT else [right, left]
    places = [(start, y) for start in sides] + [(middle, y - 1.2 * LABEL_PX), (middle, y + 1.2 * LABEL_PX)]
    places += [(start, y + shift) for shift in (-LABEL_PX, LABEL_PX) for start in (*sides, middle)]

    def is_free(start: float, line: float) -> bool:
        inside = start > LEFT and start + width < WIDTH - RIGHT + 2 and TOP < line < HEIGHT - BOTTOM + 2
        return inside and all(
            start + width + 2 < a or start - 2 > b or abs(line - other) >= LABEL_PX for a, b, other in taken
        )

    return next((place for place in places if is_free(*place)), None)
