"""An Android phone: its private folder, the system's photo picker, the keystore, no screenshots.

Written by the book and tested against stand-ins of the Java classes; it has not run on a phone yet.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.platform.keystore import KeystoreVault, as_bytes
from edge_app.runtime.photo import BYTES_MAX
from edge_app.store.vaults import PassphraseVault, Vault

PICK_REQUEST = 7301
# Build.VERSION_CODES.TIRAMISU brought the photo picker, which needs no permission.
PICKER_SDK = 33
FLAG_SECURE = 0x2000
RESULT_OK = -1
CHUNK_BYTES = 1 << 20


class AndroidPlatform:
    """See `Platform`. `autoclass` is pyjnius'; `on_main` runs a function on Android's UI thread."""

    name = "android"

    def __init__(self, autoclass: Any, bind_result: Callable[..., None], on_main: Callable[..., None]) -> None:
        self._java, self._on_main = autoclass, on_main
        self._activity = autoclass("org.kivy.android.PythonActivity").mActivity
        self._picked: Callable[[bytes], None] | None = None
        bind_result(on_activity_result=self.on_result)

    def data_folder(self) -> Path:
        """The app's private folder; `android:allowBackup` is off, so that nothing of it leaves the phone."""
        return Path(str(self._activity.getFilesDir().getAbsolutePath()))

    def export_folder(self) -> Path:
        """The app's own folder on the shared storage, from where a file manager can take files."""
        return Path(str(self._activity.getExternalFilesDir(None).getAbsolutePath()))

    def has_camera(self) -> bool:
        """Whether the phone has one; the permission is asked for when the capture screen opens it."""
        return bool(self._activity.getPackageManager().hasSystemFeature("android.hardware.camera.any"))

    def vault(self, passphrase: str) -> Vault:
        """Passphrase and keystore together."""
        return KeystoreVault(PassphraseVault(passphrase), self._java)

    def pick_photo(self, done: Callable[[bytes], None]) -> bool:
        """The system's photo picker, on older phones its document picker; both give one file and no permission."""
        self._picked = done
        intent_class = self._java("android.content.Intent")
        if self._java("android.os.Build$VERSION").SDK_INT >= PICKER_SDK:
            intent = intent_class("android.provider.action.PICK_IMAGES")
        else:
            intent = intent_class("android.intent.action.OPEN_DOCUMENT")
            intent.addCategory("android.intent.category.OPENABLE")
        intent.setType("image/*")
        self._activity.startActivityForResult(intent, PICK_REQUEST)
        return True

    def on_result(self, request: int, result: int, intent: Any) -> None:
        """What the picker brought; nothing where the user went back."""
        done, self._picked = self._picked, None
        if request != PICK_REQUEST or result != RESULT_OK or intent is None or done is None:
            return
        # By the resolver, never by a path: the file may lie in a cloud.
        stream = self._activity.getContentResolver().openInputStream(intent.getData())
        try:
            done(self._read(stream))
        finally:
            stream.close()

    def _read(self, stream: Any) -> bytes:
        """The stream's bytes, one more than a photo may have at most; the photo's own check says so then."""
        channel = self._java("java.nio.channels.Channels").newChannel(stream)
        buffer = self._java("java.nio.ByteBuffer").allocate(CHUNK_BYTES)
        content = bytearray()
        while len(content) <= BYTES_MAX and (count := channel.read(buffer)) > 0:
            content += as_bytes(buffer.array())[:count]
            buffer.clear()
        return bytes(content)

    def secure(self) -> None:
        """FLAG_SECURE: no screenshots, and nothing in the list of recent apps."""
        self._on_main(lambda: self._activity.getWindow().addFlags(FLAG_SECURE))

    def hide_content(self) -> None:
        """FLAG_SECURE does that."""

    def show_content(self) -> None:
        """Nothing was hidden."""
