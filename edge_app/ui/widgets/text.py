"""Text in the theme's type, whatever its script: Latin, Devanagari, and Arabic from right to left."""

from __future__ import annotations

from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.metrics import sp
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.label import Label

from edge_app.ui import bidi_lines
from edge_app.ui.icons import ICONS
from edge_app.ui.theme import FACES

# Sizes in sp of each role, and whether it is set in the strong face.
ROLES = {
    "display": (28, True),
    "title": (22, True),
    "heading": (17, True),
    "body": (15.5, False),
    "label": (15, True),
    "caption": (13, False),
    "overline": (12.5, True),
}

# Kivy must not wrap again what was wrapped and ordered, so lines stay a little shorter than they may be.
SAFE = 0.96
MIRRORED = {
    "arrow_back": "arrow_forward",
    "arrow_forward": "arrow_back",
    "chevron_right": "chevron_left",
    "chevron_left": "chevron_right",
}


class Text(Label):
    """A label as wide as it is given and as high as its text. Set `string`, not `text`: `text` is what is drawn.

    A tight one is as wide as its text, up to `limit` pixels (0: no limit), where it wraps.
    """

    string = StringProperty("")
    role = OptionProperty("body", options=list(ROLES))
    align = OptionProperty("start", options=["start", "center", "end"])
    strong = BooleanProperty(False)
    is_tight = BooleanProperty(False)
    limit = NumericProperty(0)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._draw = Clock.create_trigger(self.arrange, -1)
        theme = App.get_running_app().theme
        # By `bind`, which forgets a label that is gone: `fbind` would keep it, and what it said, for good.
        theme.bind(text_scale=self.draw_soon, is_rtl=self.draw_soon, language=self.draw_soon)
        for name in ("string", "role", "align", "strong", "is_tight", "limit", "width"):
            self.fbind(name, self._draw)
        self.arrange()

    def draw_soon(self, *_: object) -> None:
        """Once before the next frame, however much has changed."""
        self._draw()

    def arrange(self, *_: object) -> None:
        """Choose face, size and line breaks for the present width."""
        theme = App.get_running_app().theme
        size_sp, strong = ROLES[self.role]
        script = bidi_lines.script_of(self.string)
        self.font_name = FACES[script][1 if strong or self.strong else 0]
        self.font_size = sp(size_sp) * theme.text_scale
        self.halign = alignment(self.align, theme.is_rtl)
        self.line_height = 0.92 if script == "arabic" else 1.12
        self.font_script_name = "Deva" if script == "devanagari" else "Latn"
        width = self.room()
        if script == "arabic":
            self.text = bidi_lines.visual(self.string, max((width or 1e6) * SAFE, 1), self.measured)
        else:
            self.text = self.string
        self.text_size = (width, None)

    def room(self) -> float | None:
        """The width to wrap at; None where everything fits on one line."""
        if not self.is_tight:
            return float(self.width)
        widest = max(self.measured(line) for line in self.string.split("\n"))
        return float(self.limit) if self.limit and widest > self.limit else None

    def measured(self, line: str) -> float:
        """Width of `line` in pixels."""
        label = CoreLabel(font_size=self.font_size, font_name=self.font_name)
        return float(label.get_extents(line)[0])


class Icon(Label):
    """One icon by its name, mirrored in meaning where it points along the text."""

    icon = StringProperty("")
    size_dp = NumericProperty(24)

    def glyph(self, icon: str, is_rtl: bool) -> str:
        """The character of `icon` for this reading direction."""
        return ICONS.get(MIRRORED.get(icon, icon) if is_rtl else icon, "")


def alignment(align: str, is_rtl: bool) -> str:
    """left, center or right."""
    if align == "center":
        return "center"
    return "right" if (align == "start") == is_rtl else "left"
