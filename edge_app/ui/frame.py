"""The frame around the screens: they, the bar of destinations, a message, and the veil of work in progress."""

from __future__ import annotations

from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout


class Frame(FloatLayout):
    """The root widget."""

    message = StringProperty("")
    inset_top = NumericProperty(0)
    inset_bottom = NumericProperty(0)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._hide = Clock.create_trigger(self.hush, 4)

    def say(self, message: str, seconds: float) -> None:
        """Show a message."""
        self.message = message
        self._hide.cancel()
        self._hide.timeout = seconds
        self._hide()
        toast = self.ids.toast
        Animation.cancel_all(toast)
        Animation(opacity=1, duration=0.15).start(toast)

    def hush(self, *_: object) -> None:
        """Take the message away."""
        Animation(opacity=0, duration=0.25).start(self.ids.toast)
