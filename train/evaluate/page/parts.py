"""Pieces that every section is made of: boxes, tables, figures with their intervals, pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from PIL import Image

MISSING = "&ndash;"
JPEG_QUALITY, SHOWN_PX = 85, 192


def section(name: str, title: str, note: str, content: str) -> str:
    """One box of the page, reached by #name."""
    return f'<section id="{name}"><h2>{escape(title)}</h2><p class="note">{escape(note)}</p>{content}</section>'


def percent(value: float | None, digits: int = 1) -> str:
    """0.0712 as 7.1 %."""
    return MISSING if value is None else f"{100 * value:.{digits}f}&nbsp;%"


def number(value: float | None, digits: int = 3) -> str:
    """A figure that is no share."""
    return MISSING if value is None else f"{value:.{digits}f}"


def limits(interval: Mapping[str, Any], *, shares: bool) -> str:
    """The interval's limits; w marks Wilson's, a chip says why there are none."""
    if interval["low"] is None:
        return f'<span class="chip">{interval["method"]}</span>' if interval["method"] else ""
    low, high = interval["low"], interval["high"]
    said = f"{100 * low:.1f}&ndash;{100 * high:.1f}" if shares else f"{low:.3f}&ndash;{high:.3f}"
    return said + ("&thinsp;<sup>w</sup>" if interval["method"] == "wilson" else "")


def share_cell(interval: Mapping[str, Any] | None) -> str:
    """A share with its limits below it."""
    if interval is None or interval["value"] is None:
        return MISSING
    return f'{percent(interval["value"])}<small class="below">{limits(interval, shares=True)}</small>'


def number_cell(interval: Mapping[str, Any] | None) -> str:
    """A figure with its limits below it."""
    if interval is None or interval["value"] is None:
        return MISSING
    return f'{number(interval["value"])}<small class="below">{limits(interval, shares=False)}</small>'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Cells are HTML; the first `left` columns stand to the left. "<td" at a cell's start makes it a whole cell."""
    head = "".join(f'<th class="l">{c}</th>' if i < left else f"<th>{c}</th>" for i, c in enumerate(columns))
    body = "".join(f"<tr>{''.join(cell(value, i < left) for i, value in enumerate(row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(value: str, left: bool) -> str:
    """One cell."""
    if value.startswith("<td"):
        return value
    return f'<td class="l">{value}</td>' if left else f"<td>{value}</td>"


def heat_cell(value: float | None, strength: float, text: str) -> str:
    """A cell whose shade says how bad `strength` 0..1 is."""
    if value is None:
        return f"<td>{MISSING}</td>"
    shade = min(max(strength, 0.0), 1.0)
    return f'<td class="heat" style="background:rgba(var(--hot),{0.02 + 0.5 * shade:.3f})">{text}</td>'


def whisker(interval: Mapping[str, Any] | None, width: int = 170, low: float = 0.0, high: float = 1.0) -> str:
    """Dot and line of a figure between `low` and `high`."""
    if interval is None or interval["value"] is None:
        return ""
    height, middle = 18, 9

    def x(value: float) -> float:
        return 5 + (width - 10) * (min(max(value, low), high) - low) / (high - low)

    whole = interval["low"] is not None
    line = (
        f'<path class="line one" d="M{x(interval["low"]):.1f} {middle} H{x(interval["high"]):.1f}"/>' if whole else ""
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
        f'<path class="axis" d="M{x(low)} {middle} H{x(high)}"/>{line}'
        f'<circle class="f-one" cx="{x(interval["value"]):.1f}" cy="{middle}" r="4"/></svg>'
    )


def key(items: Sequence[tuple[str, str]]) -> str:
    """What the colours mean: (colour variable, words)."""
    return '<div class="key">' + "".join(
        f'<span><i style="background:var(--{colour})"></i>{escape(words)}</span>' for colour, words in items
    ) + "</div>"  # fmt: skip


def picture(image: np.ndarray, alt: str) -> str:
    """A photo uint8 [S, S, 3] as an image inside the page."""
    shown = Image.fromarray(image)
    if max(shown.size) > SHOWN_PX:
        shown = shown.resize((SHOWN_PX, SHOWN_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=JPEG_QUALITY)
    content = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/jpeg;base64,{content}">'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Names and what they are; empty ones left out."""
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs if v) + "</dl>"
