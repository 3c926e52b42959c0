"""A body to point at: front and back, one shape for each site (`body_shapes`)."""

from __future__ import annotations

from typing import Any

from kivy.app import App
from kivy.graphics import Color, Mesh, SmoothLine
from kivy.metrics import dp
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

from edge_app.ui.widgets.body_shapes import Outline, shapes, site_at


class BodyMap(Widget):
    """One side of the body; `site` is what was touched."""

    side = StringProperty("front")
    site = StringProperty("")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        theme = App.get_running_app().theme
        self.bind(pos=self.draw, size=self.draw, site=self.draw, side=self.draw)
        theme.bind(version=self.draw)
        self.draw()

    def draw(self, *_: object) -> None:
        """All sites with a seam between them, the chosen one in the theme's colour."""
        theme = App.get_running_app().theme
        self.canvas.clear()
        with self.canvas:
            for name, outline in shapes(self.side).items():
                points = self.placed(outline)
                Color(rgba=theme.primary if name == self.site else theme.limb)
                Mesh(vertices=fan(points), indices=list(range(len(points) // 2 + 2)), mode="triangle_fan")
                Color(rgba=theme.surface)
                SmoothLine(points=points, close=True, width=dp(1.1))

    def placed(self, outline: Outline) -> list[float]:
        """x, y, x, y, ... in the window."""
        unit = self.height / 100
        return [value for x, y in outline for value in (self.center_x + x * unit, self.y + y * unit)]

    def on_touch_down(self, touch: Any) -> bool:
        """Choose a site; touching it again takes the choice back."""
        if not self.collide_point(*touch.pos) or self.disabled:
            return False
        unit = self.height / 100
        found = site_at(self.side, (touch.x - self.center_x) / unit, (touch.y - self.y) / unit)
        if not found:
            return False
        self.site = "" if found == self.site else found
        return True


def fan(points: list[float]) -> list[float]:
    """Vertices (x, y, u, v) of a fan around the middle of a shape that its middle sees all of."""
    xs, ys = points[::2], points[1::2]
    around = [(sum(xs) / len(xs), sum(ys) / len(ys)), *zip(xs, ys, strict=True), (xs[0], ys[0])]
    return [value for x, y in around for value in (x, y, 0.0, 0.0)]
