"""The candidates of an export as two plots in inline SVG: size against time, size against the worst recall drop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, HEIGHT = 500, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 26, 40
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
MARKS_MAX = 5
LABEL_PX, GAP_PX = 13, 8


@dataclass(frozen=True)
class Point:
    """One candidate: where it stands, what is written there, how its verdict is called, whether it was taken."""

    x: float
    y: float
    text: str
    verdict: str
    chosen: bool


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


def candidate_plots(candidates: Sequence[dict[str, Any]], tolerance: float) -> str:
    """Both plots; colours are verdicts, the ring is the one taken. "" with fewer than two measured."""
    rows = [row for row in candidates if row["p50_ms"] is not None and row["size_bytes"] is not None]
    if len(rows) < 2:
        return ""
    times = [point(row, row["p50_ms"]) for row in rows]
    drops = [point(row, 100.0 * row["worst_recall_drop"]) for row in rows]
    size = axis([one.x for one in times], " MB")
    return (
        '<div class="pair">'
        + scatter("Time for a photo (p50) by size", times, size, axis([one.y for one in times], " ms"), None)
        + scatter(
            "Worst recall drop by size", drops, size,
            axis([one.y for one in drops], " %", 200.0 * tolerance), 100.0 * tolerance,
        )
        + "</div>"
    )  # fmt: skip


def point(row: dict[str, Any], y: float) -> Point:
    """A candidate at the height `y`."""
    return Point(row["size_bytes"] / 1e6, y, row["scheme"], row["verdict"] or "none", row["chosen"])


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
    title = f"<title>{escape(one.text)}: {one.x:.2f} MB, {one.y:.1f}</title>"
    return f'<g class="v-{one.verdict}">{title}<circle cx="{x:.1f}" cy="{y:.1f}" r="5" stroke="none"/>{ring}</g>'


def labels_of(points: Sequence[Point], places: Sequence[tuple[float, float]]) -> list[str]:
    """Names beside the dots: on the side with more room, pushed down where they would lie on one another."""
    found, taken = [], [(x - 6, x + 6, y) for x, y in places]
    for k in sorted(range(len(points)), key=lambda k: (not points[k].chosen, places[k][1])):
        x, y = places[k]
        left = x > LEFT + 0.55 * (WIDTH - LEFT)
        width = 6.2 * len(points[k].text)
        start = x - 12 - width if left else x + 12
        others = taken[:k] + taken[k + 1 :]
        shift = free_shift(start, start + width, y, others)
        if shift is None:
            continue
        taken.append((start, start + width, y + shift))
        found.append(
            f'<text class="ink" x="{x + (-12 if left else 12):.1f}" y="{y + shift + 4:.1f}"'
            f' text-anchor="{"end" if left else "start"}">{escape(points[k].text)}</text>'
        )
    return found


def free_shift(start: float, end: float, y: float, taken: Sequence[tuple[float, float, float]]) -> float | None:
    """The smallest move up or down to where nothing else is written; None when there is no room near by."""
    for step in range(4):
        for shift in (step * LABEL_PX, -step * LABEL_PX):
            clear = all(
                end + GAP_PX < a or start - GAP_PX > b or abs(y + shift - line) >= LABEL_PX for a, b, line in taken
            )
            if clear and TOP < y + shift < HEIGHT - BOTTOM + 2:
                return float(shift)
    return None
