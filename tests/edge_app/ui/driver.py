"""Drives the app as a finger would: finds what can be pressed by its words, scrolls to it, touches it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_app.platform.desktop import DesktopPlatform
from edge_app.ui.session import Session

PASSPHRASE = "correct horse"
SAMPLES = Path(__file__).resolve().parents[3] / "assets" / "samples"
WAIT_S = 60
TOUCH_S = 0.16


class DesktopStub(DesktopPlatform):
    """A desktop whose files go where the test says, with a picker, a share sheet and a camera where the test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.picked: bytes | None = None
        self.is_hidden = False
        self.shared: list[tuple[str, str]] | None = None
        # None: no camera; else whether the user lets the app have it.
        self.may_use_camera: bool | None = None
        self.turns = 0

    def data_folder(self) -> Path:
        """See `Platform`."""
        return self.folder

    def export_folder(self) -> Path:
        """See `Platform`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def has_camera(self) -> bool:
        """See `Platform`."""
        return self.may_use_camera is not None

    def ask_camera(self, done: Callable[[bool], None]) -> None:
        """See `Platform`."""
        done(bool(self.may_use_camera))

    def camera_turns(self) -> int:
        """See `Platform`."""
        return self.turns

    def share(self, file: Path, kind: str) -> bool:
        """See `Platform`."""
        if self.shared is None:
            return False
        self.shared.append((file.name, kind))
        return True

    def pick_photo(self, done: Callable[[bytes], None]) -> bool:
        """See `Platform`."""
        if self.picked is None:
            return False
        done(self.picked)
        return True

    def hide_content(self) -> None:
        """See `Platform`."""
        self.is_hidden = True

    def show_content(self) -> None:
        """See `Platform`."""
        self.is_hidden = False


class Driver:
    """One running app."""

    def __init__(self, app: Any) -> None:
        self.app, self.session = app, app.session

    @property
    def page(self) -> Any:
        """The screen that is shown."""
        return self.app.root.ids.manager.current_screen

    def settle(self, frames: int = 4) -> None:
        """Let the layout come to rest."""
        from kivy.base import EventLoop

        for _ in range(frames):
            EventLoop.idle()

    def wait(self, until: Callable[[], Any]) -> None:
        """Until something is so."""
        from kivy.base import EventLoop

        end = time.monotonic() + WAIT_S
        while not until():
            assert time.monotonic() < end, f"still waiting on {self.app.page}: {self.app.root.message}"
            EventLoop.idle()
            time.sleep(0.002)
        self.settle()

    def wait_for(self, page: str) -> None:
        """Until a screen is shown."""
        self.wait(lambda: self.app.page == page and not self.app.is_busy)

    def pressables(self) -> list[Any]:
        """What can be pressed now, on the page and in the bar."""
        from edge_app.ui.widgets.buttons import Pressable

        found = [w for root in (self.page, self.app.root.ids.bar) for w in root.walk(restrict=True)]
        return [w for w in found if isinstance(w, Pressable) and w.width > 1 and w.height > 1 and is_enabled(w)]

    def press(self, words: str) -> None:
        """Touch the thing with these words (its string, title, hint or value)."""
        self.settle()
        wanted = {words, self.app.tr(words)}
        named = [
            w for w in self.pressables() if wanted & {getattr(w, n, "") for n in ("string", "title", "hint", "value")}
        ]
        assert named, f"nothing to press called {words!r} on {self.app.page}: {[names(w) for w in self.pressables()]}"
        self.touch(named[0])

    def touch(self, widget: Any) -> None:
        """Scroll to a widget and touch its middle."""
        from kivy.tests.common import UnitTestTouch
        from kivy.uix.scrollview import ScrollView

        scrolls = [w for w in widget.walk_reverse() if isinstance(w, ScrollView) and widget in w.walk(restrict=True)]
        if scrolls:
            scrolls[0].scroll_to(widget, animate=False)
            self.settle()
        touch = UnitTestTouch(*widget.to_window(*widget.center))
        touch.touch_down()
        touch.touch_up()
        # A scroll view hands a touch on once it knows that it is no scrolling, and lets go a tenth of a second later.
        end = time.monotonic() + TOUCH_S
        while time.monotonic() < end:
            self.settle(1)
        self.settle()

    def texts(self) -> str:
        """Everything that is written on the page."""
        from edge_app.ui.widgets.text import Text

        return "\n".join(w.string for w in self.page.walk(restrict=True) if isinstance(w, Text) and w.string)

    def begin(self) -> None:
        """Past consent, passphrase and tour, the model loaded."""
        self.page.understands = True
        self.settle()
        self.press("Agree and continue")
        self.sign_up("Amina")
        self.wait_for("tour")
        self.press("Skip")
        self.wait(lambda: self.session.classifier is not None)

    def sign_up(self, name: str) -> None:
        """A new history."""
        self.page.ids.name.text = name
        self.page.ids.passphrase.text = self.page.ids.again.text = PASSPHRASE
        self.press("Create")

    def photo(self, path: Path) -> None:
        """Import a photo, as dropping it on the window does."""
        self.app.dropped(None, str(path).encode())
        self.wait_for("check")

    def answer(self, path: Path) -> None:
        """A photo up to its result."""
        self.photo(path)
        self.press("Analyse" if self.page.is_good else "Use it anyway")
        self.wait_for("result")


def is_enabled(widget: Any) -> bool:
    """Whether it and all around it are enabled and visible."""
    while widget is not None and widget.parent is not widget:
        if widget.disabled or widget.opacity == 0:
            return False
        widget = widget.parent
    return True


def names(widget: Any) -> str:
    """How a failure names a widget."""
    return next((v for v in (getattr(widget, n, "") for n in ("string", "title", "hint")) if v), type(widget).__name__)


@contextmanager
def running(folder: Path, **values: Any) -> Iterator[Driver]:
    """The app, opened and closed."""
    from kivy.app import App
    from kivy.core.window import Window

    from edge_app.ui.app import DermedgeApp

    photo = values.pop("photo", None)
    app = DermedgeApp(Session(folder, **values), DesktopStub(folder.parent / "exports"), photo=photo)
    app._run_prepare()
    app.root.ids.manager.transition.duration = 0
    driver = Driver(app)
    driver.settle()
    try:
        yield driver
    finally:
        app.dispatch("on_stop")
        Window.remove_widget(app.root)
        App._running_app = None
