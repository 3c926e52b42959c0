"""Take or import a photo, with a frame to aim by and what to look out for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from kivy.clock import Clock, mainthread
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty

from edge_app.runtime import photo
from edge_app.ui.draft import Taken, take
from edge_app.ui.page import Page
from edge_app.ui.screens.home import SAMPLES, sample
from edge_app.ui.widgets.signs import texture_of

POLL_S = 0.2
# The phantom whose lesion lies in the ring.
EXAMPLE = 3
JPEG_QUALITY = 95


class CapturePage(Page):
    """The live picture where there is a camera that may be used, else an example; the file chooser always."""

    camera = ObjectProperty(None, allownone=True)
    has_camera = BooleanProperty(False)
    is_refused = BooleanProperty(False)
    turns = NumericProperty(0)

    def fill(self) -> None:
        """Ask for the camera where there is one; until it is there, the frame shows an example."""
        self.stop_camera()
        platform = self.app.platform
        if platform.has_camera():
            platform.ask_camera(mainthread(self.answered))
            self.await_platform()

    def answered(self, may: bool) -> None:
        """The camera may be used, or not; the user may have gone on meanwhile."""
        if self.app.page == self.name and self.camera is None:
            self.has_camera = may and self.start_camera()
            self.is_refused = not may

    def start_camera(self) -> bool:
        """Whether a live picture runs now."""
        from kivy.core.camera import Camera

        if Camera is None:
            return False
        try:
            self.camera = Camera(index=0, resolution=(1280, 960), stopped=False)
        except (OSError, RuntimeError, AttributeError, ValueError):
            return False
        self.turns = self.app.platform.camera_turns()
        self.camera.bind(on_texture=self.on_frame)
        return True

    def on_frame(self, *_: object) -> None:
        """A new picture from the camera."""
        self.ids.view.texture = self.camera.texture
        self.ids.view.canvas.ask_update()

    def stop_camera(self) -> None:
        """Others may want it, and it warms the phone."""
        if self.camera is not None:
            self.camera.stop()
        self.camera, self.has_camera, self.is_refused, self.turns = None, False, False, 0
        self.ids.view.texture = texture_of(sample(EXAMPLE))

    def on_pre_leave(self, *_: object) -> None:
        """To another screen."""
        self.stop_camera()

    def sleep(self) -> None:
        """To the background: Android takes the camera away from an app that keeps it."""
        self.stop_camera()

    def wake(self) -> None:
        """The camera has to be opened anew."""
        self.fill()

    def shoot(self) -> None:
        """Take the present picture."""
        if self.camera is not None and self.camera.texture is not None:
            self.use(jpeg_of(self.camera.texture, self.turns))

    def choose(self) -> None:
        """The system's picker, else our own."""
        if self.app.platform.pick_photo(mainthread(self.use)):
            self.await_platform()
        else:
            self.app.go("files")

    def await_platform(self) -> None:
        """Android answers on a thread of its own, iOS has to be asked."""
        if (poll := getattr(self.app.platform, "poll", None)) is not None:
            Clock.schedule_interval(lambda _: not poll(), POLL_S)

    def try_sample(self) -> None:
        """A drawing, to try the app without a patient."""
        self.import_file(SAMPLES / "phantom-0.jpg")

    def import_file(self, path: Path) -> None:
        """Read a file now: it may be gone a moment later."""
        self.app.work(lambda task: take(photo.read(path)[0]), self.taken)

    def use(self, content: bytes) -> None:
        """A photo from the camera or the system's picker, which may come back after the app has locked itself."""
        if self.session.is_locked:
            return
        self.app.work(lambda task: take(content), self.taken)

    def taken(self, one: Taken) -> None:
        """On to its check."""
        self.session.draft.pending = one
        self.app.go("check")


def jpeg_of(texture: Any, turns: int) -> bytes:
    """The camera's picture as a JPEG file, turned clockwise by `turns` quarters; its first row is the upper one."""
    from PIL import Image

    width, height = texture.size
    pixels = np.frombuffer(texture.pixels, np.uint8).reshape(height, width, 4)[..., :3]
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.rot90(pixels, -turns))).save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
