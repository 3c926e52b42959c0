"""Stacks and rows that are as high as what they hold; rows run the other way where the language does."""

from __future__ import annotations

from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView


class Stack(BoxLayout):
    """Things below each other."""


class Row(BoxLayout):
    """Things beside each other, in reading order."""

    is_centred = BooleanProperty(True)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        App.get_running_app().theme.bind(is_rtl=self.turn)

    def turn(self, *_: object) -> None:
        """The language may run the other way now."""
        self._trigger_layout()

    def do_layout(self, *args: Any) -> None:
        """As a BoxLayout, then mirrored for right-to-left, and each child centred in height."""
        super().do_layout(*args)
        mirrored = App.get_running_app().theme.is_rtl
        for child in self.children:
            if mirrored:
                child.x = self.x + self.right - child.right
            if self.is_centred and child.size_hint_y is None:
                child.center_y = self.center_y


class When(Stack):
    """Things that are there only while `is_on`."""

    is_on = BooleanProperty(True)

    def on_touch_down(self, touch: Any) -> bool:
        """What is not there takes no touch: disabled widgets would, though nobody sees them."""
        return bool(self.is_on and super().on_touch_down(touch))


class Card(Stack):
    """A raised, rounded ground for things that belong together."""

    fill = ColorProperty((1, 1, 1, 1))
    line = ColorProperty((0, 0, 0, 0))
    radius = NumericProperty(0)


class Surface(Row):
    """A row with the ground of a card."""

    fill = ColorProperty((1, 1, 1, 1))
    line = ColorProperty((0, 0, 0, 0))
    corners = ListProperty([0, 0, 0, 0])


class Scroll(ScrollView):
    """A scroll view whose bar is thin and whose content keeps its place."""
