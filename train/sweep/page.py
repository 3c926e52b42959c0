"""The table of a sweep as CSV, as Markdown, and as one HTML file with bars."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape

from train.evaluate.bootstrap import Interval
from train.sweep.table import FIGURES, Row

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.25em .8em;text-align:left}"
    "tr:nth-child(even){background:#8881}small{opacity:.7}rect{fill:#3a7ca5}line{stroke:#222}"
    "@media(prefers-color-scheme:dark){body{background:#16191d;color:#e4e7ea}line{stroke:#eee}text{fill:#e4e7ea}}"
)
BAR_PX, ROW_PX, LABEL_PX = 300, 18, 190


def as_csv(rows: Sequence[Row], codes: Sequence[str]) -> str:
    """One line a cell: each figure with limits and reach over the trainings, each class's recall and F1, commits."""
    heads = ["cell", "trainings"]
    for name in FIGURES:
        heads += [name, f"{name} low", f"{name} high", f"{name} lowest run", f"{name} highest run",
                  f"{name} difference", f"{name} difference low", f"{name} difference high"]  # fmt: skip
    for code in codes:
        heads += [f"recall {code}", f"recall {code} low", f"recall {code} high"]
    for code in codes:
        heads += [f"F1 {code}", f"F1 {code} low", f"F1 {code} high"]
    heads.append("commit")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        cells: list[object] = [row.cell, row.count]
        for name in FIGURES:
            gap = row.differences[name] if row.differences else Interval(None)
            cells += [*numbers(row.figures[name]), *(f"{value:.6f}" for value in row.reach[name]), *numbers(gap)]
        for figure in (*row.recalls, *row.f1s):
            cells += numbers(figure)
        cells.append(" ".join(row.commits))
        writer.writerow(cells)
    return file.getvalue()


def numbers(interval: Interval) -> list[str]:
    """Value, low, high; empty where there is none."""
    return ["" if value is None else f"{value:.6f}" for value in (interval.value, interval.low, interval.high)]


def as_markdown(rows: Sequence[Row], codes: Sequence[str]) -> str:
    """Tables: figures with 95 % intervals, differences from the baseline, recall and F1 of each class, reach."""
    lines = [f"| | {' | '.join(FIGURES)} |", "|" + "---|" * (len(FIGURES) + 1)]
    lines += [f"| {row.cell} | {' | '.join(spread(row.figures[name]) for name in FIGURES)} |" for row in rows]
    lines += ["", "Difference from the baseline on the same photos:", ""]
    lines += [f"| | {' | '.join(FIGURES)} |", "|" + "---|" * (len(FIGURES) + 1)]
    lines += [
        f"| {row.cell} | {' | '.join(spread(row.differences[name], sign='+') for name in FIGURES)} |"
        for row in rows if row.differences
    ]  # fmt: skip
    for name, found in (("Recall", [row.recalls for row in rows]), ("F1", [row.f1s for row in rows])):
        lines += ["", f"{name} of each class:", "", f"| | {' | '.join(codes)} |", "|" + "---|" * (len(codes) + 1)]
        lines += [
            f"| {row.cell} | {' | '.join(map(spread, values))} |" for row, values in zip(rows, found, strict=True)
        ]
    lines += ["", "Lowest and highest of the trainings:", ""]
    lines += [f"| | trainings | {' | '.join(FIGURES)} | commit |", "|" + "---|" * (len(FIGURES) + 3)]
    lines += [
        f"| {row.cell} | {row.count} | {' | '.join('{:.3f} to {:.3f}'.format(*row.reach[name]) for name in FIGURES)} "
        f"| {' '.join(map(short, row.commits))} |"
        for row in rows
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def short(commit: str) -> str:
    """The first nine characters of a commit's hash, and the "+" of a tree with changes."""
    return commit[:9] + ("+" if commit.endswith("+") else "")


def spread(interval: Interval, sign: str = "") -> str:
    """As "0.712 (0.690, 0.734)"; "" where there is no figure."""
    if interval.value is None:
        return ""
    if interval.low is None or interval.high is None:
        return f"{interval.value:{sign}.3f}"
    return f"{interval.value:{sign}.3f} ({interval.low:{sign}.3f}, {interval.high:{sign}.3f})"


def as_html(title: str, rows: Sequence[Row], codes: Sequence[str], facts: Sequence[str]) -> str:
    """One file that needs nothing else: figures, bars of balanced accuracy and of each class's recall, facts."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("", "trainings", *FIGURES))
    body = "".join(
        f"<tr><td>{escape(row.cell)}</td><td>{row.count}</td>"
        + "".join(f"<td>{row.figures[name].value:.3f} <small>{limits(row.figures[name])}</small></td>"
                  for name in FIGURES) + "</tr>"
        for row in rows
    )  # fmt: skip
    plots = [bars("balanced accuracy", [(row.cell, row.figures["balanced accuracy"]) for row in rows])]
    plots += [bars(f"recall of {code}", [(row.cell, row.recalls[k]) for row in rows]) for k, code in enumerate(codes)]
    plots += [bars(f"F1 of {code}", [(row.cell, row.f1s[k]) for row in rows]) for k, code in enumerate(codes)]
    said = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1><table><tr>{heads}</tr>{body}</table>{''.join(plots)}<ul>{said}</ul></html>\n"
    )


def limits(interval: Interval) -> str:
    """As "0.690 to 0.734"."""
    return "" if interval.low is None or interval.high is None else f"{interval.low:.3f} to {interval.high:.3f}"


def bars(title: str, values: Sequence[tuple[str, Interval]]) -> str:
    """A bar for each cell with its interval, 0 to 1."""
    parts = []
    for k, (name, interval) in enumerate(values):
        y, value = k * ROW_PX, interval.value or 0.0
        parts.append(f'<text x="{LABEL_PX - 6}" y="{y + 13}" text-anchor="end" font-size="12">{escape(name)}</text>')
        parts.append(f'<rect x="{LABEL_PX}" y="{y + 2}" width="{BAR_PX * value:.1f}" height="{ROW_PX - 5}"/>')
        if interval.low is not None and interval.high is not None:
            ends = f'x1="{LABEL_PX + BAR_PX * interval.low:.1f}" x2="{LABEL_PX + BAR_PX * interval.high:.1f}"'
            parts.append(f'<line {ends} y1="{y + 8}" y2="{y + 8}"/>')
    size = f'width="{LABEL_PX + BAR_PX + 10}" height="{ROW_PX * len(values)}"'
    return f'<h2>{escape(title)}</h2><svg {size} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
