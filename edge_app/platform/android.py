"""An Android phone: its folders, camera permission, photo picker, share sheet, keystore, no screenshots.

Written by the book and tested against stand-ins of the Java classes; it has not run on a phone yet.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.platform.keystore import KeystoreVault, as_bytes
from edge_app.runtime.errors import StoreError
from edge_app.runtime.photo import BYTES_MAX
from edge_app.store.vaults import PassphraseVault, Vault

PICK_REQUEST = 7301
# Build.VERSION_CODES.TIRAMISU brought the photo picker, which needs no permission.
PICKER_SDK = 33
FLAG_SECURE = 0x2000
RESULT_OK = -1
CHUNK_BYTES = 1 << 20
CAMERA = "android.permission.CAMERA"
# Build.VERSION_CODES.Q brought the shared Downloads into which an app may write without a permission.
DOWNLOADS_SDK = 29
GRANT_READ = 0x1
# Kivy gives the sensor's picture, which stands on its side while the phone is upright.
CAMERA_TURNS = 1


class AndroidPlatform:
    """See `Platform`. `autoclass` and `cast` are pyjnius'; `on_main` runs a function on Android's UI thread.

    `permissions` is python-for-android's module: check_permission, request_permissions.
    """

    name = "android"

    def __init__(
        self,
        autoclass: Any,
        cast: Any,
        bind_result: Callable[..., None],
        on_main: Callable[..., None],
        permissions: Any,
    ) -> None:
        self._java, self._cast, self._on_main, self._permissions = autoclass, cast, on_main, permissions
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
        """Whether the phone has one; the capture screen asks for the permission before it opens it."""
        return bool(self._activity.getPackageManager().hasSystemFeature("android.hardware.camera.any"))

    def ask_camera(self, done: Callable[[bool], None]) -> None:
        """The system's question, once; where it was answered before, `done` is called at once."""
        if self._permissions.check_permission(CAMERA):
            done(True)
            return
        self._permissions.request_permissions([CAMERA], lambda _, granted: done(bool(granted) and all(granted)))

    def camera_turns(self) -> int:
        """One, see `CAMERA_TURNS`."""
        return CAMERA_TURNS

    def share(self, file: Path, kind: str) -> bool:
        """A copy among the shared Downloads, offered in the share sheet; before Android 10 there is no way without a
        permission, and the file stays where it is."""
        if self._java("android.os.Build$VERSION").SDK_INT < DOWNLOADS_SDK:
            return False
        address = self._copy_to_downloads(file, kind)
        intent_class = self._java("android.content.Intent")
        intent = intent_class("android.intent.action.SEND")
        intent.setType(kind)
        intent.putExtra("android.intent.extra.STREAM", self._cast("android.os.Parcelable", address))
        intent.addFlags(GRANT_READ)
        self._activity.startActivity(intent_class.createChooser(intent, file.name))
        return True

    def _copy_to_downloads(self, file: Path, kind: str) -> Any:
        """The content address of the copy."""
        values = self._java("android.content.ContentValues")()
        values.put("_display_name", file.name)
        values.put("mime_type", kind)
        resolver = self._activity.getContentResolver()
        address = resolver.insert(self._java("android.provider.MediaStore$Downloads").EXTERNAL_CONTENT_URI, values)
        if address is None:
            raise StoreError(f"{file.name} could not be handed over; it lies in {file.parent}")
        stream = resolver.openOutputStream(address)
        try:
            stream.write(file.read_bytes())
        finally:
            stream.close()
        return address

    def insets(self) -> tuple[int, int]:
        """Status bar and gesture bar: from API 35 on, apps draw under both."""
        insets = self._activity.getWindow().getDecorView().getRootWindowInsets()
        if insets is None:
            return 0, 0
        return int(insets.getSystemWindowInsetTop()), int(insets.getSystemWindowInsetBottom())

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
