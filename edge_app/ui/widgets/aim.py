"""The framing overlay: corners of the square that the model sees, a ring for the lesion, a cross to centre it."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, SmoothLine
from kivy.metrics import dp
from kivy.uix.widget import Widget

# Shares of the shorter side: half the square, the ring's radius, the length of a corner and of the cross.
SQUARE, RING, CORNER, CROSS = 0.4, 0.2, 0.07, 0.02


class Aim(Widget):
    """Drawn over the live picture."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.bind(pos=self.draw, size=self.draw)

    def draw(self, *_: object) -> None:
        """All lines."""
        side, x, y = min(self.size), self.center_x, self.center_y
        half, corner, cross = SQUARE * side, CORNER * side, CROSS * side
        self.canvas.clear()
        with self.canvas:
            Color(1, 1, 1, 0.9)
            SmoothLine(circle=(x, y, RING * side), width=dp(1.3))
            for right, up in ((-1, 1), (1, 1), (1, -1), (-1, -1)):
                at = (x + right * half, y + up * half)
                points = [at[0] - right * corner, at[1], *at, at[0], at[1] - up * corner]
                SmoothLine(points=points, width=dp(1.7))
            Color(1, 1, 1, 0.5)
            SmoothLine(points=[x - cross, y, x + cross, y], width=dp(1))
            SmoothLine(points=[x, y - cross, x, y + cross], width=dp(1))
