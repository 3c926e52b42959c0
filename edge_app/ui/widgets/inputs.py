"""Fields to type in, choices among chips, a slider, a search box."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.slider import Slider
from kivy.uix.stacklayout import StackLayout
from kivy.uix.textinput import TextInput

from edge_app.ui import bidi_lines
from edge_app.ui.palette import rgba
from edge_app.ui.theme import FACES
from edge_app.ui.widgets.buttons import Chip
from edge_app.ui.widgets.layout import Stack


class Entry(TextInput):
    """The bare input; its face follows the script that is typed."""

    hint = StringProperty("")

    def shown_hint(self, hint: str) -> str:
        """`hint` in visual order: an input does not order what it shows."""
        return bidi_lines.ordered(hint) if bidi_lines.script_of(hint) == "arabic" else hint

    def face(self, text: str) -> str:
        """The font for `text`."""
        return FACES[bidi_lines.script_of(text)][0]


# A note longer than this would be a picture higher than graphics chips can hold.
CHARACTERS_MAX = 1000


class Field(Stack):
    """A labelled text field, which takes no more than `CHARACTERS_MAX` characters."""

    label = StringProperty("")
    hint = StringProperty("")
    text = StringProperty("")
    is_secret = BooleanProperty(False)
    is_long = BooleanProperty(False)
    is_focused = BooleanProperty(False)

    def fitting(self, typed: str, _: bool) -> str:
        """What still fits of what is typed or pasted."""
        return typed[: max(0, CHARACTERS_MAX - len(self.text))]


class Choices(StackLayout):
    """Chips, one or (with `is_multiple`) any number of which are on; `chosen` holds their values.

    `options` are (value, shown text) or (value, shown text, "#colour").
    """

    options = ListProperty()
    chosen = ListProperty()
    is_multiple = BooleanProperty(False)

    def on_options(self, _: object, options: Iterable[tuple[str, ...]]) -> None:
        """Draw the chips anew."""
        self.clear_widgets()
        for value, string, *colour in options:
            chip = Chip(string=string, value=value, is_on=value in self.chosen)
            if colour:
                chip.swatch = rgba(colour[0])
            chip.bind(on_release=self.toggle)
            self.add_widget(chip)

    def on_chosen(self, _: object, chosen: list[str]) -> None:
        """Show what is chosen."""
        for chip in self.children:
            chip.is_on = chip.value in chosen

    def toggle(self, chip: Any) -> None:
        """A second press takes a choice back."""
        if self.is_multiple:
            kept = [value for value in self.chosen if value != chip.value]
            self.chosen = kept if chip.is_on else [*kept, chip.value]
        else:
            self.chosen = [] if chip.is_on else [chip.value]


class Range(Slider):
    """A slider with a thumb that a finger can hold."""

    level = NumericProperty(0)
