from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge_app.platform.android import FLAG_SECURE, AndroidPlatform
from edge_app.platform.keystore import KeystoreVault
from edge_app.runtime import backends
from edge_app.runtime.backends.android import AndroidBackend
from edge_app.runtime.errors import BackendError, MissingRuntimeError, PassphraseError, StoreError
from edge_app.store.store import Store
from edge_app.store.vaults import PassphraseVault
from tests.edge_app.platform import java_classes as java
from tests.edge_app.store.histories import case, photos_of

LOGITS = np.array([[0.5, -1.25, 3.0]], np.float32)
CAM = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
IMAGE = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)


def backend(monkeypatch: pytest.MonkeyPatch, *outputs: java.Tensor, **values: Any) -> AndroidBackend:
    monkeypatch.setattr(java.Interpreter, "outputs", outputs)
    monkeypatch.setattr(java.Interpreter, "seen", [])
    for name, value in values.items():
        monkeypatch.setattr(java.Interpreter, name, value)
    return AndroidBackend(b"model" + bytes(40), threads=3, autoclass=java.autoclass)


def test_float_outputs_come_back_by_name_whatever_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = backend(monkeypatch, java.Tensor("model/cam:0", 5, CAM), java.Tensor("model/logits:0", 7, LOGITS))
    found = opened.run(IMAGE)
    assert (opened.name, opened.side_px, opened._interpreter.options.threads) == ("litert 1.4.2", 8, 3)
    assert np.array_equal(found.logits, LOGITS[0])
    assert np.array_equal(found.cam, CAM[0])
    assert java.Interpreter.seen == [IMAGE.tobytes()]


def test_names_of_the_signature_win(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = (java.Tensor("StatefulPartitionedCall:1", 5, CAM), java.Tensor("StatefulPartitionedCall:0", 7, LOGITS))
    found = backend(monkeypatch, *tensors, signatures={"serving_default": {"logits": 7, "cam": 5}}).run(IMAGE)
    assert np.array_equal(found.logits, LOGITS[0])
    assert np.array_equal(found.cam, CAM[0])


def test_integer_outputs_are_dequantized(monkeypatch: pytest.MonkeyPatch) -> None:
    quantized = np.array([[-128, 0, 127]], np.int8)
    found = backend(monkeypatch, java.Tensor("logits", 1, quantized, scale=0.5, zero_point=-28)).run(IMAGE)
    assert found.logits.tolist() == [-50.0, 14.0, 77.5]
    assert found.cam is None


def test_models_without_logits_or_with_another_input_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendError, match="none is named logits"):
        backend(monkeypatch, java.Tensor("probabilities", 1, LOGITS))
    with pytest.raises(BackendError, match="FLOAT32"):
        backend(monkeypatch, java.Tensor("logits", 1, LOGITS), image=np.zeros((1, 8, 8, 3), np.float32))


def test_wrong_image_is_refused_before_java_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = backend(monkeypatch, java.Tensor("logits", 1, LOGITS))
    with pytest.raises(BackendError, match="image is"):
        opened.run(IMAGE[:4])
    assert java.Interpreter.seen == []


def test_android_takes_its_own_backend_and_a_computer_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert backends.backend_class(".tflite").__name__ == "TfliteBackend"
    monkeypatch.setenv("ANDROID_ARGUMENT", "/data/app")
    assert backends.backend_class(".tflite") is AndroidBackend
    with pytest.raises(MissingRuntimeError, match="pyjnius"):
        AndroidBackend(b"model", threads=1)


def test_keystore_and_passphrase_are_both_needed(tmp_path: Path) -> None:
    java.KeyStore.keys.clear()
    path = tmp_path / "a.history"
    store = Store.create(path, "Amina", KeystoreVault(PassphraseVault("correct horse"), java.autoclass))
    store.save(case(1), photos_of(case(1)))
    store.close()
    assert Store.open(path, KeystoreVault(PassphraseVault("correct horse"), java.autoclass)).cases() == (case(1),)
    with pytest.raises(PassphraseError):
        Store.open(path, KeystoreVault(PassphraseVault("wrong horse"), java.autoclass))
    with pytest.raises(StoreError, match="keystore"):
        Store.open(path, PassphraseVault("correct horse"))
    with pytest.raises(StoreError, match="not made on this phone"):
        KeystoreVault(PassphraseVault("correct horse"), java.autoclass).unwrap({"kind": "scrypt"})


class Intent:
    def __init__(self, action: str) -> None:
        self.action, self.categories, self.kind = action, [], ""

    def addCategory(self, category: str) -> None:
        self.categories.append(category)

    def setType(self, kind: str) -> None:
        self.kind = kind

    def putExtra(self, name: str, value: Any) -> None:
        if not (isinstance(value, tuple) and value[0] == "android.os.Parcelable"):
            raise java.JavaError("no method putExtra(String, Object)")
        self.extras = {name: value[1]}

    def addFlags(self, flags: int) -> None:
        self.flags = flags

    @staticmethod
    def createChooser(intent: Intent, title: str) -> tuple[Intent, str]:
        return intent, title


class Stream:
    """An InputStream and the channel over it: `read` fills the buffer and says how much; -1 at the end."""

    def __init__(self, content: bytes) -> None:
        self.content, self.is_closed = content, False

    def read(self, buffer: java.ByteBuffer) -> int:
        room = min(len(buffer.content) - buffer.position, 5000)
        part, self.content = self.content[:room], self.content[room:]
        buffer.put(part)
        return len(part) or -1

    def close(self) -> None:
        self.is_closed = True


class Written:
    """An OutputStream."""

    def __init__(self) -> None:
        self.content, self.is_closed = b"", False

    def write(self, content: bytes) -> None:
        self.content += content

    def close(self) -> None:
        self.is_closed = True


class ContentValues(dict[str, str]):
    def put(self, name: str, value: str) -> None:
        self[name] = value


class Permissions:
    """android.permissions: the question is answered on another thread, with a list of grants."""

    def __init__(self, *, granted: bool, answer: list[bool]) -> None:
        self.granted, self.answer, self.asked = granted, answer, []

    def check_permission(self, name: str) -> bool:
        return self.granted

    def request_permissions(self, names: list[str], done: Any) -> None:
        self.asked.append(names)
        done(names, self.answer)


class Activity:
    def __init__(self, stream: Stream) -> None:
        self.started: list[tuple[Intent, int]] = []
        self.flags: list[int] = []
        self.stream, self.opened = stream, ""
        self.inserted: list[tuple[str, dict[str, str]]] = []
        self.written = Written()
        self.shown: list[tuple[Intent, str]] = []
        self.insets: Any = None

    def startActivityForResult(self, intent: Intent, request: int) -> None:
        self.started.append((intent, request))

    def getContentResolver(self) -> SimpleNamespace:
        return SimpleNamespace(openInputStream=self.open, insert=self.insert, openOutputStream=lambda _: self.written)

    def insert(self, table: str, values: dict[str, str]) -> str | None:
        self.inserted.append((table, dict(values)))
        return None if values["_display_name"].startswith("full") else "content://downloads/7"

    def startActivity(self, chooser: tuple[Intent, str]) -> None:
        self.shown.append(chooser)

    def open(self, address: str) -> Stream:
        self.opened = address
        return self.stream

    def getWindow(self) -> SimpleNamespace:
        decor = SimpleNamespace(getRootWindowInsets=lambda: self.insets)
        return SimpleNamespace(addFlags=self.flags.append, getDecorView=lambda: decor)

    def getFilesDir(self) -> SimpleNamespace:
        return SimpleNamespace(getAbsolutePath=lambda: "/data/user/0/app/files")


def phone(
    stream: Stream, sdk: int, permissions: Permissions | None = None
) -> tuple[AndroidPlatform, Activity, dict[str, Any]]:
    activity, bound = Activity(stream), {}
    classes = {
        "org.kivy.android.PythonActivity": SimpleNamespace(mActivity=activity),
        "android.content.Intent": Intent,
        "android.os.Build$VERSION": SimpleNamespace(SDK_INT=sdk),
        "java.nio.channels.Channels": SimpleNamespace(newChannel=lambda opened: opened),
        "java.nio.ByteBuffer": java.ByteBuffer,
        "android.content.ContentValues": ContentValues,
        "android.provider.MediaStore$Downloads": SimpleNamespace(EXTERNAL_CONTENT_URI="content://downloads"),
    }
    platform = AndroidPlatform(
        classes.__getitem__,
        lambda kind, value: (kind, value),
        lambda **b: bound.update(b),
        lambda call: call(),
        permissions,
    )
    return platform, activity, bound


@pytest.mark.parametrize(
    ("sdk", "action"),
    [(35, "android.provider.action.PICK_IMAGES"), (26, "android.intent.action.OPEN_DOCUMENT")],
)
def test_picked_photo_is_read_by_the_resolver_and_closed(sdk: int, action: str) -> None:
    stream, taken = Stream(bytes(range(256)) * 700), []
    platform, activity, bound = phone(stream, sdk)
    assert platform.pick_photo(taken.append)
    ((intent, request),) = activity.started
    assert (intent.action, intent.kind) == (action, "image/*")
    bound["on_activity_result"](request, -1, SimpleNamespace(getData=lambda: "content://media/1"))
    assert (taken, activity.opened, stream.is_closed) == ([bytes(range(256)) * 700], "content://media/1", True)


def test_nothing_happens_when_the_user_goes_back_or_another_activity_answers() -> None:
    taken: list[bytes] = []
    platform, activity, bound = phone(Stream(b"x"), 35)
    platform.pick_photo(taken.append)
    bound["on_activity_result"](activity.started[0][1], 0, None)
    bound["on_activity_result"](99, -1, SimpleNamespace(getData=lambda: "content://x"))
    assert taken == []


def test_screen_content_is_kept_out_of_screenshots() -> None:
    platform, activity, _ = phone(Stream(b""), 35)
    platform.secure()
    assert activity.flags == [FLAG_SECURE]
    assert platform.data_folder() == Path("/data/user/0/app/files")


@pytest.mark.parametrize(
    ("granted", "answer", "may", "asked"),
    [
        (True, [], True, []),
        (False, [True], True, [["android.permission.CAMERA"]]),
        (False, [False], False, [["android.permission.CAMERA"]]),
        # The question was put away without an answer.
        (False, [], False, [["android.permission.CAMERA"]]),
    ],
)
def test_camera_is_asked_for_once(granted: bool, answer: list[bool], may: bool, asked: list[list[str]]) -> None:
    permissions, answers = Permissions(granted=granted, answer=answer), []
    platform, _, _ = phone(Stream(b""), 35, permissions)
    platform.ask_camera(answers.append)
    assert (answers, permissions.asked, platform.camera_turns()) == ([may], asked, 1)


def test_shared_file_is_copied_to_the_downloads_and_offered(tmp_path: Path) -> None:
    platform, activity, _ = phone(Stream(b""), 34)
    file = tmp_path / "note.pdf"
    file.write_bytes(b"%PDF")
    assert platform.share(file, "application/pdf")
    assert activity.inserted == [("content://downloads", {"_display_name": "note.pdf", "mime_type": "application/pdf"})]
    assert (activity.written.content, activity.written.is_closed) == (b"%PDF", True)
    ((intent, title),) = activity.shown
    assert (intent.action, intent.kind, intent.flags, title) == (
        "android.intent.action.SEND",
        "application/pdf",
        1,
        "note.pdf",
    )
    assert intent.extras == {"android.intent.extra.STREAM": "content://downloads/7"}


def test_older_phones_keep_the_file_and_a_full_one_says_where_it_lies(tmp_path: Path) -> None:
    old, activity, _ = phone(Stream(b""), 28)
    assert not old.share(tmp_path / "note.pdf", "application/pdf")
    assert activity.shown == []
    platform, _, _ = phone(Stream(b""), 34)
    with pytest.raises(StoreError, match="could not be handed over"):
        platform.share(tmp_path / "full.pdf", "application/pdf")


def test_insets_are_those_of_the_window_once_it_has_any() -> None:
    platform, activity, _ = phone(Stream(b""), 35)
    assert platform.insets() == (0, 0)
    activity.insets = SimpleNamespace(getSystemWindowInsetTop=lambda: 84, getSystemWindowInsetBottom=lambda: 48)
    assert platform.insets() == (84, 48)
