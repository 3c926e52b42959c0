"""A body to point at: front and back, drawn from rounded shapes, one for each site."""

from __future__ import annotations

from typing import Any

from kivy.app import App
from kivy.graphics import Color, SmoothEllipse, SmoothRoundedRectangle
from kivy.metrics import dp
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

Box = tuple[float, float, float, float, float]
# Site: (x, y, width, height, roundness) in hundredths of the figure's height, x from its middle, y from the feet.
# The figure faces us in front, so that its left is on our right.
LIMBS = {
    "upper_arm": (14.5, 63, 8.4, 19, 4.2),
    "forearm": (17.6, 46, 7.4, 18, 3.7),
    "hand": (18.8, 38, 7.6, 9, 3.8),
    "thigh": (1.0, 24, 11.4, 25, 5.0),
    "lower_leg": (1.8, 4.5, 8.8, 21, 4.0),
    "foot": (1.6, 0, 11, 5.4, 2.6),
}
TRUNK: dict[str, dict[str, Box]] = {
    "front": {
        "neck": (-4.2, 82.6, 8.4, 5.6, 2),
        "chest": (-14, 66.5, 28, 17.5, 6),
        "abdomen": (-12, 54.5, 24, 13, 4),
        "pelvis": (-12.6, 46.5, 25.2, 9, 4.5),
        "head": (-6.6, 86.5, 13.2, 13.5, -1),
    },
    "back": {
        "nape": (-4.2, 82.6, 8.4, 5.6, 2),
        "upper_back": (-14, 66.5, 28, 17.5, 6),
        "lower_back": (-12, 55.5, 24, 12, 4),
        "buttocks": (-12.6, 46, 25.2, 10.5, 5),
        "back_of_head": (-6.6, 86.5, 13.2, 13.5, -1),
    },
}


def boxes(side: str) -> dict[str, Box]:
    """Every site of the front or back, later ones lying over earlier ones."""
    found: dict[str, Box] = {}
    ours, theirs = ("right", "left") if side == "front" else ("left", "right")
    for name, (x, y, width, height, round_) in LIMBS.items():
        found[f"{theirs}_{name}"] = (x, y, width, height, round_)
        found[f"{ours}_{name}"] = (-x - width, y, width, height, round_)
    return found | TRUNK[side]


def site_at(side: str, x: float, y: float, slack: float = 2.0) -> str:
    """The site at a point (hundredths, as above), the uppermost first; "" beside the body."""
    for name, (left, bottom, width, height, _) in reversed(boxes(side).items()):
        if left - slack <= x <= left + width + slack and bottom - slack <= y <= bottom + height + slack:
            return name
    return ""


class BodyMap(Widget):
    """One side of the body; `site` is what was touched."""

    side = StringProperty("front")
    site = StringProperty("")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        theme = App.get_running_app().theme
        for name in ("pos", "size", "site", "side"):
            self.fbind(name, self.draw)
        theme.fbind("primary", self.draw)
        self.draw()

    def draw(self, *_: object) -> None:
        """All sites, the chosen one in the theme's colour."""
        theme = App.get_running_app().theme
        unit = self.height / 100
        self.canvas.clear()
        with self.canvas:
            for name, (x, y, width, height, round_) in boxes(self.side).items():
                Color(rgba=theme.primary if name == self.site else theme.outline)
                pos = (self.center_x + x * unit, self.y + y * unit)
                size = (width * unit - dp(1.5), height * unit - dp(1.5))
                if round_ < 0:
                    SmoothEllipse(pos=pos, size=size)
                else:
                    SmoothRoundedRectangle(pos=pos, size=size, radius=[round_ * unit])

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
