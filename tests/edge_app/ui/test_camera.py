"""The camera: asked for, shown upright, let go in the background; a stand-in gives pictures as Kivy's providers do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.edge_app.ui.driver import SAMPLES, running

pytestmark = pytest.mark.usefixtures("display")


class Camera:
    """kivy.core.camera.CameraBase: a texture that is upside down for OpenGL, filled from the picture's first row on."""

    made: list[Camera]
    picture: np.ndarray

    def __init__(self, **values: Any) -> None:
        from kivy.graphics.texture import Texture

        self.is_running = not values["stopped"]
        height, width, _ = self.picture.shape
        self.texture = Texture.create(size=(width, height), colorfmt="rgb")
        self.texture.flip_vertical()
        self.texture.blit_buffer(self.picture.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
        self.made.append(self)

    def bind(self, **handlers: Any) -> None:
        handlers["on_texture"]()

    def stop(self) -> None:
        self.is_running = False


@pytest.fixture
def camera(display: None, monkeypatch: pytest.MonkeyPatch) -> type[Camera]:
    picture = np.asarray(Image.open(SAMPLES / "phantom-1.jpg").convert("RGB").resize((640, 512)))
    monkeypatch.setattr(Camera, "made", [], raising=False)
    monkeypatch.setattr(Camera, "picture", np.ascontiguousarray(picture), raising=False)
    monkeypatch.setattr("kivy.core.camera.Camera", Camera)
    return Camera


@pytest.mark.parametrize("turns", [0, 1])
def test_photo_of_the_camera_is_upright(data: Path, camera: type[Camera], turns: int) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.platform.may_use_camera, driver.app.platform.turns = True, turns
        driver.session.begin()
        driver.app.go("capture")
        driver.wait(lambda: driver.page.has_camera)
        assert driver.page.ids.view.texture is camera.made[0].texture
        driver.press("Take the photo")
        driver.wait_for("check")
        taken = np.asarray(Image.open(io.BytesIO(driver.session.draft.pending.content)), np.int16)
        wanted = np.rot90(camera.picture, -turns).astype(np.int16)
        assert taken.shape == wanted.shape
        assert np.abs(taken - wanted).mean() < 3
        assert [one.is_running for one in camera.made] == [False]


def test_camera_is_let_go_in_the_background_and_opened_anew(data: Path, camera: type[Camera]) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.platform.may_use_camera = True
        driver.app.go("capture")
        driver.wait(lambda: driver.page.has_camera)
        driver.app.on_pause()
        assert (driver.page.has_camera, camera.made[0].is_running) == (False, False)
        driver.app.on_resume()
        driver.wait(lambda: driver.page.has_camera)
        assert [one.is_running for one in camera.made] == [False, True]


def test_camera_that_may_not_be_used_is_explained_and_photos_can_be_imported(data: Path, camera: type[Camera]) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.platform.may_use_camera = False
        driver.app.go("capture")
        driver.wait(lambda: driver.page.is_refused)
        assert "allow it in the phone's settings" in driver.texts()
        assert "Take the photo" not in [getattr(one, "string", "") for one in driver.pressables()]
        driver.press("Try with a drawing")
        driver.wait_for("check")
        assert camera.made == []
