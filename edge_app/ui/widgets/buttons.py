"""Things to press: at least 48 dp high, reachable by Tab, pressed by Enter or Space."""

from __future__ import annotations

from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior, FocusBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget
from kivy.utils import platform

from edge_app.ui.widgets.layout import Row, Surface

PRESSING_KEYS = ("enter", "numpadenter", "spacebar")
PHONES = ("android", "ios")


class Pressable(FocusBehavior, ButtonBehavior):
    """What buttons, chips and rows share."""

    def __init__(self, **values: Any) -> None:
        # On a phone, focus would bring up the keyboard.
        values.setdefault("is_focusable", platform not in PHONES)
        super().__init__(**values)

    def on_touch_down(self, touch: Any) -> bool:
        """A touch presses and does not focus: the ring is for those who come by keyboard."""
        return bool(self.collide_point(*touch.pos) and super(FocusBehavior, self).on_touch_down(touch))

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        """Enter and Space press; Tab moves on."""
        if keycode[1] in PRESSING_KEYS and not self.disabled:
            self.dispatch("on_press")
            self.dispatch("on_release")
            return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))


class Push(Pressable, Row):
    """A button with a label and perhaps an icon; `look` is one of `colour`."""

    string = StringProperty("")
    icon = StringProperty("")
    look = StringProperty("filled")
    fill = ColorProperty((0, 0, 0, 0))
    line = ColorProperty((0, 0, 0, 0))
    ink = ColorProperty((0, 0, 0, 1))

    def colour(self, part: int, look: str, *_: object) -> Any:
        """Fill (0), line (1) or ink (2) of a look; further arguments are what a change of must be noticed."""
        theme, none = App.get_running_app().theme, (0, 0, 0, 0)
        looks = {
            "filled": (theme.primary, theme.primary, theme.primary_ink),
            "soft": (theme.primary_soft, theme.primary_soft, theme.primary_soft_ink),
            "outline": (theme.surface, theme.outline, theme.primary),
            "plain": (none, none, theme.primary),
            "inverse": (theme.primary, theme.primary_ink, theme.primary_ink),
            "danger": (theme.urgent_soft, theme.urgent_soft, theme.urgent),
        }
        return looks[look][part]


class IconPush(Pressable, FloatLayout):
    """A round button with an icon; `hint` names it."""

    icon = StringProperty("")
    hint = StringProperty("")
    fill = ColorProperty((0, 0, 0, 0))
    ink = ColorProperty((0, 0, 0, 1))
    size_dp = NumericProperty(24)


class Chip(Pressable, Row):
    """One of several choices, on or off; `swatch` paints a dot."""

    string = StringProperty("")
    value = StringProperty("")
    is_on = BooleanProperty(False)
    swatch = ColorProperty((0, 0, 0, 0))


class ListRow(Pressable, Surface):
    """A row that leads somewhere: icon, title, a second line, and a chevron."""

    icon = StringProperty("")
    title = StringProperty("")
    second = StringProperty("")
    trailing = StringProperty("chevron_right")
    is_soft = BooleanProperty(False)


class Toggle(Pressable, Row):
    """A labelled switch."""

    string = StringProperty("")
    second = StringProperty("")
    is_on = BooleanProperty(False)

    def on_release(self) -> None:
        """Flip."""
        self.is_on = not self.is_on


class NavItem(Pressable, BoxLayout):
    """One destination of the bar at the bottom."""

    icon = StringProperty("")
    string = StringProperty("")
    page = StringProperty("")
    is_on = BooleanProperty(False)


class IconDisc(FloatLayout):
    """An icon on a round ground."""

    icon = StringProperty("")
    fill = ColorProperty((0, 0, 0, 0))
    ink = ColorProperty((0, 0, 0, 1))


class Dot(Widget):
    """A round spot of colour."""

    colour = ColorProperty((0, 0, 0, 0))
