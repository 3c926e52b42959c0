"""The frame of every screen: a bar with its title, a body that scrolls, perhaps a foot with buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from edge_app.ui.session import Session
from edge_app.ui.widgets.layout import Stack


class Foot(Stack):
    """What stays at the bottom of a page."""


class Page(Screen):
    """A screen; children declared in its rule go into the body, a `Foot` goes below it."""

    title = StringProperty("")
    has_back = BooleanProperty(True)
    action_icon = StringProperty("")
    action_hint = StringProperty("")
    body = ObjectProperty(None, allownone=True)
    foot = ObjectProperty(None, allownone=True)

    def __init__(self, session: Session, **values: Any) -> None:
        self.session = session
        self._steps: list[Callable[[], None]] = []
        super().__init__(**values)

    @property
    def app(self) -> Any:
        """The running app: navigation, words, messages, work."""
        return App.get_running_app()

    def add_widget(self, widget: Widget, *args: Any, **values: Any) -> None:
        """Into the body once there is one."""
        if self.body is None:
            super().add_widget(widget, *args, **values)
        elif isinstance(widget, Foot):
            self.foot.add_widget(widget)
        else:
            self.body.add_widget(widget, *args, **values)

    def on_pre_enter(self, *_: object) -> None:
        """Fill the page anew and show its top."""
        self.fill()
        self.ids.scroll.scroll_y = 1

    def fill(self) -> None:
        """Put in what may have changed; each page's own."""

    def in_turn(self, *steps: Callable[[], None]) -> None:
        """Call one step a frame from the next frame on; filling the page anew, or locking, drops what is left."""
        self._steps = list(steps)
        Clock.unschedule(self.step)
        Clock.schedule_interval(self.step, 0)

    def step(self, _: float) -> bool:
        """The next step; False once there is none."""
        if self.session.is_locked:
            self._steps.clear()
        if self._steps:
            self._steps.pop(0)()
        return bool(self._steps)

    def sleep(self) -> None:
        """The app goes to the background."""

    def wake(self) -> None:
        """The app is back."""

    def act(self) -> None:
        """The button at the end of the bar; each page's own."""

    def back(self) -> None:
        """To where the user came from."""
        self.app.back()
