"""The plots of report.html, drawn as inline SVG; colours come from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

BOUND_WIDTH, BOUND_HEIGHT = 210, 26
SCALE_MAX = 0.30
CELL_MAX_PX, CONFUSION_PX, LABEL_PX, RIGHT_PX = 44, 350, 74, 30


def drop_scale(rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """(low, high) of a common axis for the drops and bounds of `rows`; bounds beyond 30 % leave the axis."""
    drops = [row["drop"] or 0.0 for row in rows]
    bounds = [row["drop_upper_95"] for row in rows]
    tolerances = [row["tolerance"] for row in rows]
    high = max(2.0 * max(tolerances), min(max(bounds), SCALE_MAX), min(max(drops), SCALE_MAX)) * 1.08
    return min(0.0, *(max(drop, -SCALE_MAX) for drop in drops)) - 0.04 * high, high


def bound_plot(row: dict[str, Any], scale: tuple[float, float]) -> str:
    """Dot: the drop. Line: up to its upper bound. Dashed: the tolerance that the line must not cross."""
    low, high = scale
    middle = BOUND_HEIGHT / 2

    def x(value: float) -> float:
        return 4 + (BOUND_WIDTH - 8) * (min(max(value, low), high) - low) / (high - low)

    drop, bound = row["drop"] or 0.0, row["drop_upper_95"]
    beyond = bound > high
    end = (
        f'<path d="M{x(high) - 7:.1f} {middle - 5} l7 5 l-7 5" fill="none" stroke-width="2"/>'
        if beyond
        else f'<path d="M{x(bound):.1f} {middle - 5} v10" fill="none" stroke-width="2"/>'
    )
    title = f"drop {drop:.1%}, upper bound {bound:.1%}, tolerance {row['tolerance']:.1%}"
    return (
        f'<svg viewBox="0 0 {BOUND_WIDTH} {BOUND_HEIGHT}" width="{BOUND_WIDTH}" height="{BOUND_HEIGHT}" role="img"'
        f' aria-label="{title}"><title>{title}</title>'
        f'<path class="axis" d="M{x(0):.1f} 1 V{BOUND_HEIGHT - 1}"/>'
        f'<path class="limit" d="M{x(row["tolerance"]):.1f} 1 V{BOUND_HEIGHT - 1}"/>'
        f'<g class="v-{row["verdict"]}"><path d="M{x(drop):.1f} {middle} H{x(bound):.1f}" stroke-width="2"/>{end}'
        f'<circle cx="{x(drop):.1f}" cy="{middle}" r="4" stroke="none"/></g></svg>'
    )


def bound_axis(scale: tuple[float, float]) -> str:
    """The axis over the bound plots: percent marks."""
    low, high = scale
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if high / step <= 5)
    marks = [k * step for k in range(-10, 11) if low <= k * step <= high]
    texts = "".join(
        f'<text x="{4 + (BOUND_WIDTH - 8) * (mark - low) / (high - low):.1f}" y="11"'
        f' text-anchor="middle">{mark * 100:.0f} %</text>'
        for mark in marks
    )
    return (
        f'<svg viewBox="0 0 {BOUND_WIDTH} 14" width="{BOUND_WIDTH}" height="14" style="overflow:visible"'
        f' aria-hidden="true">{texts}</svg>'
    )


def confusion_plot(table: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """Rows: the true class. Columns: the answer. Shade: share of the row."""
    size = min(CELL_MAX_PX, CONFUSION_PX / len(labels))
    edge = LABEL_PX + size * len(labels)
    cells = []
    for i, row in enumerate(table):
        total = max(sum(row), 1)
        y = LABEL_PX + i * size
        cells.append(
            f'<text x="{LABEL_PX - 6}" y="{y + size / 2 + 4:.1f}" text-anchor="end">{escape(labels[i])}</text>'
        )
        cells.append(
            f'<text transform="translate({LABEL_PX + (i + 0.5) * size + 4:.1f} {LABEL_PX - 6}) rotate(-60)">'
            f"{escape(labels[i])}</text>"
        )
        for j, count in enumerate(row):
            x, share = LABEL_PX + j * size, count / total
            says = f"{escape(labels[i])} answered as {escape(labels[j])}: {count} of {sum(row)}"
            cells.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{size - 1:.1f}" height="{size - 1:.1f}" rx="2"'
                f' style="fill:rgba(var(--heat),{0.05 + 0.9 * share:.3f})"><title>{says}</title></rect>'
            )
            if count and size >= 20:
                colour = ' style="fill:var(--card)"' if share > 0.5 else ' class="ink"'
                cells.append(
                    f'<text x="{x + size / 2 - 0.5:.1f}" y="{y + size / 2 + 4:.1f}" text-anchor="middle"{colour}>'
                    f"{count}</text>"
                )
    return (
        f'<svg viewBox="0 0 {edge + RIGHT_PX:.0f} {edge:.0f}" width="{edge + RIGHT_PX:.0f}" role="img">'
        f"{''.join(cells)}</svg>"
    )
