from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.platform.ios import IosPlatform
from edge_app.runtime.backends.ios import IosBackend
from edge_app.runtime.errors import BackendError, MissingRuntimeError

LOGITS = np.array([[0.5, -1.25, 3.0]], np.float32)
CAM = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
SHAPES = {"image": [8, 8, 3], "logits": [1, 3], "cam": [1, 2, 2, 3]}


class Model:
    """DermedgeModel: nil for a file that does not load, else float32 values of logits and cam."""

    def __init__(self, shapes: dict[str, Any], content: bytes) -> None:
        self._shapes, self._content, self.seen = shapes, content, b""

    def alloc(self) -> Model:
        return self

    def initWithPath_(self, path: str) -> Model | None:
        return self if path.endswith(".mlpackage") else None

    def shapes(self) -> str:
        return json.dumps(self._shapes)

    def runWithPixels_(self, pixels: bytes) -> bytes:
        self.seen = pixels
        return self._content


def opened(model: Model, path: str = "model.mlpackage") -> IosBackend:
    return IosBackend(Path(path), threads=2, autoclass=lambda name: {"DermedgeModel": model}[name])


def test_outputs_come_back_in_their_shapes() -> None:
    model, image = Model(SHAPES, LOGITS.tobytes() + CAM.tobytes()), np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    found = opened(model).run(image)
    assert np.array_equal(found.logits, LOGITS[0])
    assert np.array_equal(found.cam, CAM[0])
    assert model.seen == image.tobytes()


def test_model_without_a_linear_head_has_no_cam() -> None:
    shapes = {name: shape for name, shape in SHAPES.items() if name != "cam"}
    assert opened(Model(shapes, LOGITS.tobytes())).run(np.zeros((8, 8, 3), np.uint8)).cam is None


def test_too_few_values_are_refused() -> None:
    with pytest.raises(BackendError, match="3 values"):
        opened(Model(SHAPES, LOGITS.tobytes())).run(np.zeros((8, 8, 3), np.uint8))


def test_model_that_does_not_load_is_refused() -> None:
    with pytest.raises(BackendError, match="does not load"):
        opened(Model(SHAPES, b""), "model.txt")
    with pytest.raises(MissingRuntimeError, match="pyobjus"):
        IosBackend(Path("model.mlpackage"), threads=1)


class Picker:
    """DermedgePicker."""

    def __init__(self) -> None:
        self.done, self.content, self.calls = False, b"", []
        self.answer = -1

    def alloc(self) -> Picker:
        return self

    def init(self) -> Picker:
        return self

    def show(self) -> None:
        self.calls.append("show")

    def isDone(self) -> bool:
        return self.done

    def takeData(self) -> bytes | None:
        return self.content or None

    def hasCamera(self) -> bool:
        return True

    def askCamera(self) -> None:
        self.calls.append("ask")

    def cameraAnswer(self) -> int:
        return self.answer

    def shareFile_(self, path: str) -> None:
        self.calls.append(path)

    def insetTop(self) -> float:
        return 141.0

    def insetBottom(self) -> float:
        return 102.0

    def coverWindow(self) -> None:
        self.calls.append("cover")

    def uncoverWindow(self) -> None:
        self.calls.append("uncover")


@pytest.mark.parametrize("content", [b"jpeg", b""])
def test_picked_photo_is_handed_over_once_it_is_there(content: bytes) -> None:
    picker, taken = Picker(), []
    platform = IosPlatform(lambda name: {"DermedgePicker": picker}[name], Path("home"))
    assert platform.pick_photo(taken.append)
    assert (platform.poll(), taken) == (False, [])
    picker.done, picker.content = True, content
    assert platform.poll()
    assert taken == ([content] if content else [])
    platform.hide_content()
    platform.show_content()
    assert picker.calls == ["show", "cover", "uncover"]
    assert (platform.has_camera(), platform.export_folder()) == (True, Path("home/Documents"))


@pytest.mark.parametrize(("answer", "may"), [(1, True), (0, False)])
def test_camera_is_answered_once_the_user_has(answer: int, may: bool) -> None:
    picker, answers = Picker(), []
    platform = IosPlatform(lambda name: {"DermedgePicker": picker}[name], Path("home"))
    platform.ask_camera(answers.append)
    assert (platform.poll(), answers) == (False, [])
    picker.answer = answer
    assert platform.poll()
    assert (answers, platform.camera_turns()) == ([may], 0)


def test_files_are_shared_by_their_path_and_the_safe_area_is_kept_clear() -> None:
    picker = Picker()
    platform = IosPlatform(lambda name: {"DermedgePicker": picker}[name], Path("home"))
    assert platform.share(Path("home/Documents/note.pdf"), "application/pdf")
    assert (picker.calls, platform.insets()) == (["home/Documents/note.pdf"], (141, 102))
