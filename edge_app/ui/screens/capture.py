"""Take or import a photo, with a frame to aim by and what to look out for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.clock import Clock, mainthread
from kivy.properties import BooleanProperty, ObjectProperty

from edge_app.runtime import photo
from edge_app.ui.draft import Taken, take
from edge_app.ui.page import Page
from edge_app.ui.screens.home import SAMPLES

POLL_S = 0.2


class CapturePage(Page):
    """The live picture where there is a camera; the file chooser always."""

    camera = ObjectProperty(None, allownone=True)
    has_camera = BooleanProperty(False)

    def fill(self) -> None:
        """Start the camera where there is one."""
        self.has_camera = self.app.platform.has_camera() and self.start_camera()

    def start_camera(self) -> bool:
        """Whether a live picture runs now."""
        from kivy.core.camera import Camera

        if Camera is None:
            return False
        try:
            self.camera = Camera(index=0, resolution=(1280, 960), stopped=False)
        except (OSError, RuntimeError, AttributeError, ValueError):
            return False
        self.camera.bind(on_texture=self.on_frame)
        return True

    def on_frame(self, *_: object) -> None:
        """A new picture from the camera."""
        self.ids.view.texture = self.camera.texture
        self.ids.view.canvas.ask_update()

    def on_pre_leave(self, *_: object) -> None:
        """Stop the camera: others may want it, and it warms the phone."""
        if self.camera is not None:
            self.camera.stop()
            self.camera = None
        self.ids.view.texture = None

    def shoot(self) -> None:
        """Take the present picture."""
        import io

        from PIL import Image

        texture = self.camera.texture
        image = Image.frombytes("RGBA", texture.size, texture.pixels).convert("RGB")
        out = io.BytesIO()
        image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(out, "JPEG", quality=95)
        self.use(out.getvalue())

    def choose(self) -> None:
        """The system's picker, else our own. Android answers on a thread of its own, iOS has to be asked."""
        if not self.app.platform.pick_photo(mainthread(self.use)):
            self.app.go("files")
        elif (poll := getattr(self.app.platform, "poll", None)) is not None:
            Clock.schedule_interval(lambda _: not poll(), POLL_S)

    def try_sample(self) -> None:
        """A drawing, to try the app without a patient."""
        self.import_file(SAMPLES / "phantom-0.jpg")

    def import_file(self, path: Path) -> None:
        """Read a file now: it may be gone a moment later."""
        self.app.work(lambda task: take(photo.read(path)[0]), self.taken)

    def use(self, content: bytes) -> None:
        """A photo from the camera or the system's picker."""
        self.app.work(lambda task: take(content), self.taken)

    def taken(self, one: Taken) -> None:
        """On to its check."""
        self.session.draft.pending = one
        self.app.go("check")

    def back(self, *_: Any) -> None:
        """To where the user came from."""
        self.app.back()
