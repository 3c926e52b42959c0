"""The Kivy app: theme, words, navigation, messages; everything else is in the screens and below them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from edge_app.platform import Platform
from edge_app.runtime.backends import device
from edge_app.ui import failures, words
from edge_app.ui.frame import Frame
from edge_app.ui.rules import load_rules
from edge_app.ui.screens import screen_class
from edge_app.ui.session import Session
from edge_app.ui.theme import Theme, register_fonts
from edge_app.ui.worker import Task, Worker

MAIN_PAGES = ("home", "history", "models", "settings")
# Where a photo belongs to the case that is being made.
CASE_PAGES = ("new_case", "capture", "files", "check")
LOCK_CHECK_S = 1.0
# Screens that show nothing of a history; the others are dropped once the lock screen has slid in.
OPEN_PAGES, FORGET_S = ("consent", "lock"), 0.5
# Screens that are made before they are needed, one at a time, so that none makes the user wait for its answer.
WARMED, WARM_EVERY_S = ("new_case", "capture", "check", "result"), 0.3
ANDROID_CLASSES = ("org.tensorflow.lite.Interpreter", "org.tensorflow.lite.Interpreter$Options",
                   "org.tensorflow.lite.TensorFlowLite")  # fmt: skip
MESSAGE_S = 4.0


class DermedgeApp(App):
    """Screens over one `Session`. `tr` turns English into the user's language."""

    title = "dermedge"
    theme = ObjectProperty()
    tr = ObjectProperty(lambda text: text)
    page = StringProperty("")
    is_busy = BooleanProperty(False)

    def __init__(self, session: Session, platform: Platform, *, photo: Path | None = None, **values: Any) -> None:
        self.session, self.platform, self.worker = session, platform, Worker()
        self._photo, self._trail = photo, [""]
        self._task: Task | None = None
        self.theme = Theme()
        super().__init__(**values)

    def build(self) -> Frame:
        """The frame, its screens made on their first visit."""
        # Stacks in cards in a scroll view settle in one frame only if Kivy may go round often enough.
        Clock.max_iteration = 40
        register_fonts()
        load_rules()
        self.follow_preferences()
        frame = Frame()
        self.root = frame
        self.load_model()
        self.go(self.first_page())
        Clock.schedule_interval(self.lock_when_due, LOCK_CHECK_S)
        self.listen()
        return frame

    def listen(self) -> None:
        """To touches and keys, to files dropped on the window."""
        # Importing it opens the window.
        from kivy.core.window import Window

        Window.bind(**self.handlers())

    def handlers(self) -> dict[str, Any]:
        """What the window's events call."""
        return {
            "on_touch_down": self.touched,
            "on_key_down": self.touched,
            "on_keyboard": self.key,
            "on_drop_file": self.dropped,
        }

    def first_page(self) -> str:
        """Consent first, then the passphrase, then home."""
        if not self.session.preferences.consented_at:
            return "consent"
        return "lock" if self.session.is_locked else "home"

    def follow_preferences(self) -> None:
        """Look, text size, language and direction as the settings have them."""
        chosen = self.session.preferences
        self.theme.is_dark = chosen.look == "dark"
        self.theme.text_scale = chosen.text_scale
        self.theme.language = chosen.language
        self.theme.is_rtl = words.LANGUAGES[chosen.language][1]
        self.tr = words.translator(chosen.language)
        self.ground(self.theme.ground)

    def ground(self, colour: Any) -> None:
        """Paint the window itself: it shows between screens while they slide."""
        from kivy.core.window import Window

        Window.clearcolor = colour

    def go(self, name: str, *, forget: bool = False) -> None:
        """Show a screen; `forget` clears the way back."""
        manager = self.root.ids.manager
        if not manager.has_screen(name):
            manager.add_widget(screen_class(name)(self.session, name=name))
        self._trail = [] if forget or name in MAIN_PAGES else [seen for seen in self._trail if seen != name]
        self._trail.append(name)
        manager.transition.direction = "left"
        self.show(name)

    def show(self, name: str) -> None:
        """Bring a screen to the front; one that is there already is filled anew."""
        manager = self.root.ids.manager
        if manager.current == name:
            manager.current_screen.on_pre_enter()
        manager.current = name
        self.page = name

    def back(self) -> None:
        """To the screen before, else home."""
        self._trail = self._trail[:-1] or ["home"]
        self.root.ids.manager.transition.direction = "right"
        self.show(self._trail[-1])

    def screen(self, name: str) -> Any:
        """A screen, made where it was not yet."""
        manager = self.root.ids.manager
        if not manager.has_screen(name):
            manager.add_widget(screen_class(name)(self.session, name=name))
        return manager.get_screen(name)

    def work(self, job: Callable[[Any], Any], done: Callable[[Any], None]) -> Any:
        """Run `job(task)` off this thread under a spinner, then `done(result)`; a failure is a message."""
        self.is_busy = True

        def finished(result: Any) -> None:
            self.is_busy = False
            done(result)

        def failed(error: Exception) -> None:
            self.is_busy = False
            self.tell(error)

        self._task = self.worker.start(job, finished, failed)
        return self._task

    def cancel(self) -> None:
        """Give up what is being worked on."""
        if self._task is not None:
            self._task.cancel()
        self.is_busy = False
        self.say(self.tr("Cancelled."))

    def attempt(self, call: Callable[[], Any]) -> bool:
        """Run a short thing on this thread; an error of the project becomes a message, and False."""
        from edge_app.runtime.errors import DermedgeError

        try:
            call()
        except (DermedgeError, OSError) as error:
            self.tell(error)
            return False
        return True

    def tell(self, error: Exception) -> None:
        """What went wrong, as a message."""
        self.say(failures.told(error, self.tr))

    def say(self, message: str) -> None:
        """A message at the bottom for some seconds."""
        self.root.say(message, MESSAGE_S)

    def wrote(self, file: Path, kind: str) -> None:
        """A file was written for the user: offer it to other apps where the system can, else say where it lies."""
        if not self.platform.share(file, kind):
            self.say(self.tr("Wrote {file}").format(file=file))

    def load_model(self) -> None:
        """Open the model in use, off this thread."""
        if device() == "android":
            # A thread of Python's own finds no classes of the app: they are looked up here, once.
            from jnius import autoclass

            for name in ANDROID_CLASSES:
                autoclass(name)

        def done(classifier: Any) -> None:
            self.session.classifier = classifier
            if self._photo is not None and not self.session.is_locked:
                self.open_photo()

        self.worker.start(lambda task: self.session.shelf.open_current(), done, self.tell)

    def unlocked(self) -> None:
        """A history was opened: on to home, or to the photo that the command line named."""
        self.forget_screens()
        Clock.unschedule(self.warm)
        Clock.schedule_interval(self.warm, WARM_EVERY_S)
        self.go("home" if self.session.preferences.toured else "tour", forget=True)
        if self._photo is not None and self.session.classifier is not None:
            self.open_photo()

    def warm(self, _: float) -> bool:
        """Make the next of the screens that will be needed, unless there is work to wait for; False once all are."""
        missing = [name for name in WARMED if not self.root.ids.manager.has_screen(name)]
        if missing and not self.is_busy and not self.session.is_locked:
            self.screen(missing[0])
        if not missing:
            # Python's collector would walk all of these widgets now and then, which takes longer than a frame may.
            gc.freeze()
        return bool(missing) and not self.session.is_locked

    def open_photo(self) -> None:
        """Begin a case with the photo of the command line."""
        path, self._photo = self._photo, None
        self.session.begin()
        self.screen("capture").import_file(path)

    def lock(self) -> None:
        """Close the history, ask for the passphrase; what is being worked on is given up, what was shown forgotten."""
        if self._task is not None:
            self._task.cancel()
        self.is_busy = False
        self.session.lock()
        self.go("lock", forget=True)
        Clock.schedule_once(lambda _: self.forget_screens() if self.session.is_locked else None, FORGET_S)

    def forget_screens(self) -> None:
        """Drop every screen that may show something of a history, and what it held in memory."""
        manager = self.root.ids.manager
        for screen in list(manager.screens):
            if screen.name not in OPEN_PAGES and screen is not manager.current_screen:
                manager.remove_widget(screen)
        # It remembers what it slid away.
        manager.transition.screen_out = manager.current_screen
        gc.unfreeze()
        gc.collect()

    def lock_when_due(self, _: float) -> None:
        """Called every second."""
        if not self.session.is_locked and self.session.auto_lock.is_due:
            self.lock()

    def touched(self, *_: object) -> None:
        """Someone is there."""
        self.session.auto_lock.touch()

    def key(self, _: Any, key: int, *__: object) -> bool:
        """Escape and Android's back key go back, and leave the app from home."""
        if key != 27 or self.page in ("home", "lock", "consent"):
            return False
        self.root.ids.manager.current_screen.back()
        return True

    def dropped(self, _: Any, name: bytes, *__: object) -> None:
        """A file dropped on the window is a photo for the present case, on screens outside of one for a new case."""
        if self.session.is_locked:
            return
        if self.page == "result":
            self.session.another()
        elif self.page not in CASE_PAGES and self.session.draft.answer is not None:
            self.session.begin()
        self.screen("capture").import_file(Path(name.decode("utf-8", "surrogateescape")))

    def on_pause(self) -> bool:
        """Phones: go to the background with nothing readable on screen, and let others have the camera."""
        self.platform.hide_content()
        self.root.ids.manager.current_screen.sleep()
        return True

    def on_resume(self) -> None:
        """Phones: the time asleep counts towards the lock."""
        self.lock_when_due(0)
        self.platform.show_content()
        self.keep_clear()
        self.root.ids.manager.current_screen.wake()

    def on_start(self) -> None:
        """Phones: no screenshots, where the system can be told so, and nothing below the system's bars."""
        self.platform.secure()
        self.keep_clear()

    def keep_clear(self) -> None:
        """Of what the system draws at the top and the bottom."""
        self.root.inset_top, self.root.inset_bottom = self.platform.insets()

    def on_stop(self) -> None:
        """Close what is open."""
        from kivy.core.window import Window

        Window.unbind(**self.handlers())
        Clock.unschedule(self.lock_when_due)
        Clock.unschedule(self.warm)
        self.session.lock()
        self.worker.stop()
