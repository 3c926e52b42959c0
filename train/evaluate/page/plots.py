"""The plots of the page, each from its part of evaluation.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from train.evaluate.page.charts import Chart

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
CELL_MAX_PX, MATRIX_PX, LABEL_PX = 46, 400, 76


def confusion_plot(matrix: Sequence[Sequence[int]], codes: Sequence[str]) -> str:
    """Rows: the true class. Columns: the answer. Shade: share of the row."""
    size = min(CELL_MAX_PX, MATRIX_PX / len(codes))
    edge = LABEL_PX + size * len(codes)
    cells = []
    for i, row in enumerate(matrix):
        total, y = max(sum(row), 1), LABEL_PX + i * size
        cells.append(f'<text x="{LABEL_PX - 6}" y="{y + size / 2 + 4:.1f}" text-anchor="end">{escape(codes[i])}</text>')
        turned = f"translate({LABEL_PX + (i + 0.5) * size + 4:.1f} {LABEL_PX - 6}) rotate(-60)"
        cells.append(f'<text transform="{turned}">{escape(codes[i])}</text>')
        for j, count in enumerate(row):
            x, share = LABEL_PX + j * size, count / total
            says = f"{escape(codes[i])} answered as {escape(codes[j])}: {count} of {sum(row)}"
            cells.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{size - 1:.1f}" height="{size - 1:.1f}" rx="2"'
                f' style="fill:rgba(var(--heat),{0.05 + 0.9 * share:.3f})"><title>{says}</title></rect>'
            )
            if count and size >= 20:
                colour = ' style="fill:var(--card)"' if share > 0.5 else ' class="ink"'
                place = f'x="{x + size / 2 - 0.5:.1f}" y="{y + size / 2 + 4:.1f}" text-anchor="middle"'
                cells.append(f"<text {place}{colour}>{count}</text>")
    return f'<svg viewBox="0 0 {edge + 34:.0f} {edge:.0f}" width="{edge + 34:.0f}" role="img">{"".join(cells)}</svg>'


def class_curves(code: str, curves: Mapping[str, Any], row: Mapping[str, Any], prevalence: float) -> str:
    """One-vs-rest ROC and precision-recall of one class in one small frame."""
    chart = Chart(236, 190, left=42)
    chart.axes(TICKS[::2], TICKS[::2], "", "", percent=True)
    chart.line([(0, 0), (1, 1)], "guide")
    chart.line([(0, prevalence), (1, prevalence)], "guide")
    chart.line(curves["precision_recall"], "line two")
    chart.line(curves["roc"], "line one")
    chart.text(chart.left, 13, code, kind="strong")
    area, precision = row["auc"]["value"], row["average_precision"]["value"]
    chart.text(chart.width - chart.right, 13, f"{area:.3f} | {precision:.3f}", anchor="end")
    return chart.svg(f"{code}: AUC {area:.3f}, average precision {precision:.3f}")


def reliability_plot(part: Mapping[str, Any], title: str, bins: int) -> str:
    """Share right against confidence; grey bars say how many photos a bin holds."""
    chart = Chart(480, 320, left=44, top=26)
    chart.axes(TICKS, TICKS, "best probability", "", percent=True)
    rows, most = part["reliability"], max(row["count"] for row in part["reliability"])
    for row in rows:
        says = f"{row['count']} photos: {row['confidence']:.1%} sure, {row['accuracy']:.1%} right"
        chart.bar(row["from"], row["to"], 0.3 * row["count"] / most, "f-soft", says)
    chart.line([(0, 0), (1, 1)], "guide")
    chart.line([(row["confidence"], row["accuracy"]) for row in rows], "line one")
    for row in rows:
        chart.dot(row["confidence"], row["accuracy"], "f-one", f"{row['count']} photos")
    chart.text(chart.left, 14, f"{title}: ECE {part['ece']['value']:.3f}", kind="strong")
    return chart.svg(title)


def malignant_plot(malignant: Mapping[str, Any]) -> str:
    """ROC of the malignant group with the operating points as they turned out."""
    chart = Chart(480, 340, left=44, top=26)
    chart.axes(TICKS, TICKS, "1 - specificity", "", percent=True)
    chart.line([(0, 0), (1, 1)], "guide")
    chart.line(malignant["roc"], "line one")
    for row in malignant["operating_points"]:
        x, y = 1 - row["specificity"]["value"], row["sensitivity"]["value"]
        chart.dot(x, y, "f-two", f"{row['rule']}: sensitivity {y:.1%}, specificity {1 - x:.1%}", 4.5)
    chart.text(chart.left, 14, f"sensitivity; AUC {malignant['auc']['value']:.3f}", kind="strong")
    return chart.svg("ROC of the malignant group")


def decision_plot(curve: Mapping[str, Any]) -> str:
    """Net benefit over threshold probabilities, with its band."""
    thresholds = curve["thresholds"]
    top = max(*curve["high"], *curve["model"], curve["all"][0], 0.01) * 1.08
    floor = max(min(*curve["model"], -0.04 * top), -0.6 * top) * 1.06
    chart = Chart(480, 340, (0.0, max(thresholds)), (floor, top), left=48, top=26)
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if top / s <= 6)
    marks = [round(k * step, 3) for k in range(int(top / step) + 1)]
    chart.axes([0, 0.2, 0.4, 0.6, 0.8], [], "threshold probability", "", percent=True)
    for mark in marks:
        chart.parts.append(f'<path class="axis" d="M{chart.left} {chart.y(mark):.1f} H{chart.width - chart.right}"/>')
        chart.text(chart.left - 5, chart.y(mark) + 4, f"{mark:g}", anchor="end")
    if curve["high"]:
        chart.band(thresholds, curve["low"], curve["high"], "f-one")
    shown = [(t, v) for t, v in zip(thresholds, curve["all"], strict=True) if v >= chart.y_range[0]]
    chart.line(shown, "line three")
    chart.line([(0, 0), (max(thresholds), 0)], "guide")
    chart.line([(t, v) for t, v in zip(thresholds, curve["model"], strict=True) if v >= floor], "line one")
    chart.text(chart.left, 14, "net benefit, found malignant photos per photo", kind="strong")
    return chart.svg("decision curve")


def coverage_plot(abstention: Mapping[str, Any]) -> str:
    """Accuracy of the answers given, by the share of photos answered."""
    curves = {name: signal["curve"] for name, signal in abstention["signals"].items()}
    lowest = min(y for curve in curves.values() for x, y in curve if x >= 0.05)
    floor = max(0.0, round(lowest - 0.05, 1))
    chart = Chart(480, 320, (0.0, 1.0), (floor, 1.0), left=44, top=26)
    step = 0.1 if floor >= 0.4 else 0.2
    ticks = [1.0 - k * step for k in range(int((1 - floor) / step + 1.001))]
    chart.axes(TICKS, ticks, "photos answered", "", percent=True)
    # The first few photos jump about.
    for name, kind in (("energy", "line two"), ("probability", "line one")):
        chart.line([point for point in curves[name] if point[0] >= 0.03], kind)
    chart.text(chart.left, 14, "accuracy of the answers given", kind="strong")
    return chart.svg("accuracy by coverage")


def energy_plot(energies: Mapping[str, Sequence[float]]) -> str:
    """Median, quartiles and the middle 90 % of the energies of photos and of pictures."""
    low = min(values[0] for values in energies.values())
    high = max(values[-1] for values in energies.values())
    high = max(high, low + 0.5)
    room = 0.06 * (high - low)
    height = 40 + 30 * len(energies)
    chart = Chart(760, height, (low - room, high + room), (0, len(energies)), left=150, top=6)
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if (high - low) / s <= 7)
    ticks = [step * k for k in range(int((low - room) // step) + 1, int((high + room) // step) + 1)]
    chart.axes(ticks, [], "energy: higher is stranger to the model", "", percent=False)
    for row, (name, values) in enumerate(energies.items()):
        y, kind = chart.y(len(energies) - row - 0.5), "one" if row == 0 else "two"
        x = [chart.x(value) for value in values]
        chart.text(chart.left - 10, y + 4, name, anchor="end", kind="ink")
        chart.parts.append(
            f'<path class="line {kind}" d="M{x[0]:.1f} {y:.1f} H{x[4]:.1f}"/><rect class="f-{kind}" x="{x[1]:.1f}"'
            f' y="{y - 7:.1f}" width="{max(x[3] - x[1], 1):.1f}" height="14" rx="3" opacity=".75"/>'
            f'<path class="line" style="stroke:var(--card)" d="M{x[2]:.1f} {y - 7:.1f} v14"/>'
        )
    return chart.svg("energies of photos and of pictures without a lesion")
