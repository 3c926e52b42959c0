"""A small chart as inline SVG: axes, lines, bands, dots; colours come from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

Point = Sequence[float]


@dataclass
class Chart:
    """A chart of `width` x `height` px whose x and y run over `x_range` and `y_range`; parts are drawn in order."""

    width: float
    height: float
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    left: float = 38
    right: float = 20
    top: float = 22
    bottom: float = 34
    parts: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Place of a value across."""
        low, high = self.x_range
        return self.left + (self.width - self.left - self.right) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Place of a value down."""
        low, high = self.y_range
        return self.height - self.bottom - (self.height - self.top - self.bottom) * (value - low) / (high - low)

    def axes(
        self, x_ticks: Sequence[float], y_ticks: Sequence[float], x_name: str, y_name: str, *, percent: bool
    ) -> None:
        """Grid lines with their values, and what the axes mean."""
        bottom, right = self.height - self.bottom, self.width - self.right
        for tick in y_ticks:
            self.parts.append(f'<path class="axis" d="M{self.left:.1f} {self.y(tick):.1f} H{right:.1f}"/>')
            self.text(self.left - 5, self.y(tick) + 4, shown(tick, percent), anchor="end")
        for tick in x_ticks:
            self.parts.append(f'<path class="axis" d="M{self.x(tick):.1f} {bottom:.1f} v4"/>')
            self.text(self.x(tick), bottom + 15, shown(tick, percent), anchor="middle")
        if x_name:
            self.text((self.left + right) / 2, self.height - 4, x_name, anchor="middle")
        if y_name:
            self.text(self.left - 28, self.top - 8, y_name)

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", kind: str = "") -> None:
        """Words at a place in pixels."""
        of_kind = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_kind}>{escape(words)}</text>')

    def line(self, points: Sequence[Point], kind: str) -> None:
        """A line through `points`, cut at the frame's top and bottom."""
        if points:
            self.parts.append(f'<path class="{kind}" d="{self.path(points)}"/>')

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """The area between two lines."""
        there = list(zip(x, high, strict=True))
        back = list(zip(reversed(list(x)), reversed(list(low)), strict=True))
        self.parts.append(f'<path class="band {kind}" d="{self.path(there + back)} Z"/>')

    def dot(self, x: float, y: float, kind: str, title: str = "", radius: float = 3.6) -> None:
        """A dot that says `title` under the pointer."""
        said = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(
            f'<circle class="{kind}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius}">{said}</circle>'
        )

    def bar(self, x_low: float, x_high: float, y: float, kind: str, title: str = "") -> None:
        """A bar standing on the lowest y."""
        said = f"<title>{escape(title)}</title>" if title else ""
        top, base = self.y(y), self.y(self.y_range[0])
        wide = max(self.x(x_high) - self.x(x_low) - 2, 0.5)
        self.parts.append(
            f'<rect class="{kind}" x="{self.x(x_low) + 1:.1f}" y="{top:.1f}" rx="1.5" opacity=".85"'
            f' width="{wide:.1f}" height="{max(base - top, 0):.1f}">{said}</rect>'
        )

    def path(self, points: Sequence[Point]) -> str:
        """Points as an SVG path."""
        low, high = self.y_range
        steps = [f"{self.x(px):.1f} {self.y(min(max(py, low), high)):.1f}" for px, py in points]
        return "M" + " L".join(steps)

    def svg(self, label: str) -> str:
        """The whole chart; `label` is what a screen reader says."""
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" role="img"'
            f' aria-label="{escape(label)}">{"".join(self.parts)}</svg>'
        )


def shown(value: float, percent: bool) -> str:
    """A tick's value."""
    return f"{100 * value:.0f} %" if percent else f"{value:g}"
