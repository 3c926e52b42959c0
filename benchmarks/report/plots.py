"""The plots of the report, as inline SVG; colours come from the style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from benchmarks.latency import STAGES

WIDTH, LABEL, BAR, RIGHT = 1000, 330, 22, 150
# Of labels that name the network, too.
LONG_LABEL = 430
HEIGHT, MARGIN = 330, 46
CELL, ROW, MATRIX_LABEL = 46, 27, 330
STYLE = """
.own{fill:var(--accent);stroke:var(--accent)}.peer{fill:#9aa7b5;stroke:#9aa7b5}
.floor{fill:none;stroke:var(--soft);stroke-dasharray:3 2}.file{fill:#c9a24b;stroke:#c9a24b}
.stage-decode{fill:#2f5d8a}.stage-fit{fill:#5d9bc9}.stage-model{fill:#d2843f}.stage-post{fill:#8a8f98}
svg text.value{fill:var(--ink)}svg line.whisker{stroke:var(--ink);stroke-width:1.2}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--soft);font-size:12.5px;margin:0 0 8px}
.key i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}
"""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of a bar chart: milliseconds, up to a higher percentile, of a kind that has a colour."""

    label: str
    kind: str
    ms: float
    upper_ms: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One dot: milliseconds and accuracy."""

    label: str
    kind: str
    ms: float
    accuracy: float


def bars(lines: Sequence[Bar]) -> str:
    """Horizontal bars to the median, a whisker on to the higher percentile, cut where few reach."""
    most = scale_of([line.ms for line in lines])
    length = WIDTH - LABEL - RIGHT
    parts = []
    for number, line in enumerate(lines):
        y = number * BAR
        width = max(1.0, min(line.ms, most) / most * length)
        end = min(line.upper_ms, most) / most * length
        cut = " (bar cut)" if line.ms > most else ""
        parts.append(
            f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(line.label)}</text>'
            f'<rect class="{line.kind}" x="{LABEL}" y="{y + 4}" width="{width:.1f}" height="{BAR - 8}" rx="2">'
            f"<title>{escape(line.label)}: {line.ms:.2f} ms, p95 {line.upper_ms:.2f} ms</title></rect>"
            f'<line class="whisker" x1="{LABEL + width:.1f}" x2="{LABEL + max(end, width):.1f}" y1="{y + BAR / 2}"'
            f' y2="{y + BAR / 2}"/>'
            f'<text class="value" x="{LABEL + max(end, width) + 6:.1f}" y="{y + 15}">{line.ms:.1f} ms{cut}'
            f" {escape(line.note)}</text>"
        )
    return svg(WIDTH, len(lines) * BAR + 4, parts)


def scale_of(values: Sequence[float]) -> float:
    """The end of an axis: the largest value, but at most four times the median, so that short bars can be told."""
    return min(max(values), 4 * float(np.median(values)))


def stacked(labels: Sequence[str], stages_ms: Sequence[dict[str, float]]) -> str:
    """One bar a label, its stages one after the other."""
    most = max(sum(stages.values()) for stages in stages_ms)
    length, parts = WIDTH - LONG_LABEL - RIGHT, []
    for number, (label, stages) in enumerate(zip(labels, stages_ms, strict=True)):
        y, x = number * BAR, float(LONG_LABEL)
        parts.append(f'<text x="{LONG_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(label)}</text>')
        for stage in STAGES:
            width = stages[stage] / most * length
            parts.append(
                f'<rect class="stage-{stage}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{BAR - 8}">'
                f"<title>{stage}: {stages[stage]:.2f} ms</title></rect>"
            )
            x += width
        parts.append(f'<text class="value" x="{x + 6:.1f}" y="{y + 15}">{sum(stages.values()):.1f} ms</text>')
    return svg(WIDTH, len(labels) * BAR + 4, parts)


def scatter(points: Sequence[Point]) -> str:
    """Accuracy (up) against milliseconds (right)."""
    low, high = min(p.accuracy for p in points), max(p.accuracy for p in points)
    low, high = low - max(0.01, 0.2 * (high - low)), high + max(0.01, 0.2 * (high - low))
    most = 1.1 * max(p.ms for p in points)
    right, bottom = WIDTH - LONG_LABEL, HEIGHT - MARGIN

    def place(point: Point) -> tuple[float, float]:
        along = (point.accuracy - low) / (high - low)
        return MARGIN + point.ms / most * (right - MARGIN), bottom - along * (bottom - 12)

    parts = [
        f'<path class="axis" fill="none" d="M{MARGIN} 8 V{bottom} H{right}"/>',
        f'<text x="{right}" y="{bottom + 30}" text-anchor="end">p50 of the model, ms</text>',
        f'<text x="4" y="10">accuracy</text><text x="{MARGIN - 6}" y="{bottom}" text-anchor="end">{low:.1%}</text>',
        f'<text x="{MARGIN - 6}" y="24" text-anchor="end">{high:.1%}</text>',
        f'<text x="{MARGIN}" y="{bottom + 14}">0</text>',
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{most:.0f}</text>',
    ]
    taken: list[float] = []
    for point in sorted(points, key=lambda one: place(one)[1]):
        x, y = place(point)
        # Labels keep twelve pixels apart; a thin line leads from each to its dot.
        label_y = max([y, *(other + 14 for other in taken)])
        taken.append(label_y)
        parts.append(
            f'<circle class="{point.kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            f'<path class="axis" fill="none" d="M{x + 5:.1f} {y:.1f} L{right + 6} {label_y:.1f}"/>'
            f'<text class="value" x="{right + 10}" y="{label_y + 4:.1f}">{escape(point.label)} {point.accuracy:.1%}'
            "</text>"
        )
    return svg(WIDTH, max([HEIGHT, *(y + 16 for y in taken)]), parts)


def lines(labels: Sequence[str], windows: Sequence[Sequence[float]]) -> str:
    """Milliseconds of each second without a pause, over its first second."""
    right, bottom = WIDTH - LONG_LABEL, HEIGHT - MARGIN
    relative = [np.asarray(values) / values[0] for values in windows]
    most = max(1.2, *(float(values.max()) for values in relative))
    parts = [
        f'<path class="axis" fill="none" d="M{MARGIN} 8 V{bottom} H{right}"/>',
        f'<text x="{right}" y="{bottom + 30}" text-anchor="end">seconds without a pause</text>',
        f'<text x="4" y="14">{most:.1f} x</text><text x="4" y="{bottom}">0</text>',
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{max(map(len, windows))}</text>',
    ]
    for number, (label, values) in enumerate(zip(labels, relative, strict=True)):
        steps = MARGIN + np.arange(len(values)) / max(1, max(map(len, windows)) - 1) * (right - MARGIN)
        points = " ".join(f"{x:.1f},{bottom - v / most * (bottom - 8):.1f}" for x, v in zip(steps, values, strict=True))
        colour = f"hsl({number * 47 % 360} 55% 50%)"
        parts.append(
            f'<polyline points="{points}" fill="none" style="stroke:{colour};stroke-width:2"/>'
            f'<rect x="{right + 12}" y="{number * 18 + 8}" width="12" height="12" style="fill:{colour}"/>'
            f'<text class="value" x="{right + 30}" y="{number * 18 + 18}">{escape(label)}</text>'
        )
    return svg(WIDTH, HEIGHT, parts)


def heat(titles: Sequence[str], difference: np.ndarray, agreement: np.ndarray) -> str:
    """Every pair: below the diagonal the largest difference of a logit, above it the share of equal labels."""
    size, parts = len(titles), []
    for i, title in enumerate(titles):
        y = 24 + i * ROW
        parts.append(
            f'<text x="{MATRIX_LABEL - 8}" y="{y + 17:.1f}" text-anchor="end">{escape(title)} ({i + 1})</text>'
            f'<text x="{MATRIX_LABEL + (i + 0.5) * CELL:.1f}" y="16" text-anchor="middle">{i + 1}</text>'
        )
        for j in range(size):
            says = f"{titles[i]} and {titles[j]}: {difference[i, j]:.2e}, {agreement[i, j]:.1%} the same label"
            text, shade = cell(float(difference[i, j]), float(agreement[i, j]), i, j)
            x = MATRIX_LABEL + j * CELL
            parts.append(
                f'<rect x="{x}" y="{y:.1f}" width="{CELL - 1}" height="{ROW - 1}" rx="2"'
                f' style="fill:rgba(var(--heat),{shade:.3f})"><title>{escape(says)}</title></rect>'
                f'<text class="ink" x="{x + CELL / 2}" y="{y + 17:.1f}" text-anchor="middle">{text}</text>'
            )
    return svg(MATRIX_LABEL + size * CELL, 28 + size * ROW, parts)


def cell(difference: float, agreement: float, line: int, column: int) -> tuple[str, float]:
    """What stands in a cell and how dark it is: differences from 1e-7 to 10, shares from all equal to none."""
    if line == column:
        return "", 0.02
    if column < line:
        far = min(1.0, max(0.0, (math.log10(max(difference, 1e-7)) + 7) / 8))
        return f"{difference:.0e}".replace("e-0", "e-").replace("e+00", ""), 0.04 + 0.7 * far
    return f"{agreement:.0%}", 0.04 + 0.7 * (1 - agreement)


def svg(width: float, height: float, parts: Sequence[str]) -> str:
    """The picture of `parts`."""
    return f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img">{"".join(parts)}</svg>'
