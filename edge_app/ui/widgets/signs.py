"""Signs: the referral badge (text, shape and colour), notices, bars, a framed photo with its heatmap, a spinner."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from kivy.animation import Animation
from kivy.app import App
from kivy.graphics.texture import Texture
from kivy.properties import ColorProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from edge_app.ui.widgets.layout import Row, Surface

# Corners of each tier's shape; 0 is a circle. A stop sign, a triangle, a circle, a diamond, a pentagon.
CORNERS = {"urgent": 8, "soon": 3, "routine": 0, "unknown": 4, "notifiable": 5}


class TierShape(Widget):
    """The shape of a referral tier, with its sign inside."""

    tier = StringProperty("routine")
    fill = ColorProperty((0, 0, 0, 1))
    corners = ListProperty()

    def outline(self, tier: str, x: float, y: float, width: float, height: float) -> list[float]:
        """Vertices of a mesh fan (x, y, u, v each) around the centre."""
        count = CORNERS.get(tier, 0)
        turn = {8: math.pi / 8, 3: math.pi / 2, 4: math.pi / 2, 5: math.pi / 2}.get(count, 0.0)
        steps = count or 48
        radius_x, radius_y = width / 2, height / 2
        points: list[float] = []
        for step in range(steps):
            angle = turn + 2 * math.pi * step / steps
            points += [x + radius_x + radius_x * math.cos(angle), y + radius_y + radius_y * math.sin(angle), 0, 0]
        return points


class Badge(Surface):
    """Referral advice: what to do, how soon."""

    tier = StringProperty("routine")
    title = StringProperty("")
    second = StringProperty("")


class Notice(Surface):
    """Something to read: `tone` is info, urgent, soon, routine or unknown."""

    icon = StringProperty("info")
    tone = StringProperty("info")
    string = StringProperty("")


class Passed(Row):
    """Something that a photo has, with a tick."""

    string = StringProperty("")


class Share(Row):
    """A label, its probability as a bar and as a number."""

    string = StringProperty("")
    value = NumericProperty(0)
    shown = StringProperty("")
    ink = ColorProperty((0, 0, 0, 1))


class Photo(Widget):
    """A photo in a rounded frame, fitted to fill it; `heat` lies over it, `strength` 0..1."""

    texture = ObjectProperty(None, allownone=True)
    heat = ObjectProperty(None, allownone=True)
    strength = NumericProperty(0.0)
    radius = NumericProperty(0)
    turns = NumericProperty(0)

    def cover(self, texture: Texture | None, width: float, height: float, turns: int = 0) -> list[float]:
        """Texture coordinates that fill `width` x `height`, turned clockwise by `turns` quarters."""
        if texture is None or not texture.width or not texture.height or not width or not height:
            return [0, 1, 1, 1, 1, 0, 0, 0]
        if turns % 2:
            width, height = height, width
        wide = (texture.width / texture.height) / (width / height)
        du = (1 - 1 / wide) / 2 if wide > 1 else 0.0
        dv = (1 - wide) / 2 if wide < 1 else 0.0
        corners = [(du, 1 - dv), (1 - du, 1 - dv), (1 - du, dv), (du, dv)]
        return [value for at in range(4) for value in corners[(at + turns) % 4]]


class Dots(Widget):
    """Which of several pages this is."""

    count = NumericProperty(1)
    index = NumericProperty(0)

    def place_of(self, dot: int, is_rtl: bool) -> float:
        """The left edge of a dot, from the side where reading begins; the present one is longer."""
        step = self.height * 1.9
        before = dot * step + (self.height * 1.4 if dot > self.index else 0)
        width = self.height * (2.4 if dot == self.index else 1)
        return float(self.right - before - width if is_rtl else self.x + before)


class Turning(Widget):
    """Work is going on."""

    angle = NumericProperty(0)
    speed = ObjectProperty(None, allownone=True)

    def on_parent(self, _: object, parent: Any) -> None:
        """Turn while on screen."""
        if parent is None:
            Animation.cancel_all(self, "angle")
            return
        turning = Animation(angle=-360, duration=1.1)
        turning.repeat = True
        turning.bind(on_complete=lambda *_: None)
        turning.start(self)


def texture_of(image: np.ndarray) -> Texture:
    """uint8 [H, W, 3 or 4], its first row at the top, as a texture. UI thread only."""
    height, width, channels = image.shape
    texture = Texture.create(size=(width, height), colorfmt="rgb" if channels == 3 else "rgba")
    texture.blit_buffer(np.ascontiguousarray(image).tobytes(), colorfmt=texture.colorfmt, bufferfmt="ubyte")
    return texture


def tone_colours(tone: str) -> tuple[Any, Any]:
    """(ink, soft ground) of a tone."""
    theme = App.get_running_app().theme
    return getattr(theme, tone), getattr(theme, f"{tone}_soft")
