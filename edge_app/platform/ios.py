"""An iPhone: the app's documents folder, and PHPicker through the Objective-C class `DermedgePicker`.

Source-complete and tested against a stand-in of that class; it has not run on a phone yet. iOS encrypts the app's files
while the phone is locked, which is what the keystore adds on Android.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.store.vaults import PassphraseVault, Vault


class IosPlatform:
    """See `Platform`. `autoclass` is pyobjus'."""

    name = "ios"

    def __init__(self, autoclass: Any, home: Path | None = None) -> None:
        self._native = autoclass("DermedgePicker").alloc().init()
        self._home = home or Path.home()
        self._picked: Callable[[bytes], None] | None = None
        self._asked: Callable[[bool], None] | None = None

    def data_folder(self) -> Path:
        """Library/Application Support, which iTunes and the Files app do not show."""
        return self._home / "Library" / "Application Support" / "dermedge"

    def export_folder(self) -> Path:
        """Documents, which the Files app shows."""
        return self._home / "Documents"

    def has_camera(self) -> bool:
        """Whether there is one."""
        return bool(self._native.hasCamera())

    def ask_camera(self, done: Callable[[bool], None]) -> None:
        """AVCaptureDevice's question; `poll` is called by the app until it has an answer."""
        self._asked = done
        self._native.askCamera()

    def camera_turns(self) -> int:
        """Kivy's provider turns the picture itself."""
        return 0

    def share(self, file: Path, kind: str) -> bool:
        """UIActivityViewController, which knows the type by the file's suffix."""
        self._native.shareFile_(str(file))
        return True

    def insets(self) -> tuple[int, int]:
        """The safe area."""
        return int(self._native.insetTop()), int(self._native.insetBottom())

    def vault(self, passphrase: str) -> Vault:
        """The passphrase's."""
        return PassphraseVault(passphrase)

    def pick_photo(self, done: Callable[[bytes], None]) -> bool:
        """PHPicker; `poll` is called by the app until it has an answer."""
        self._picked = done
        self._native.show()
        return True

    def poll(self) -> bool:
        """Hand over what was answered or picked; whether nothing is waited for any more."""
        if self._asked is not None and (answer := int(self._native.cameraAnswer())) >= 0:
            asked, self._asked = self._asked, None
            asked(answer == 1)
        if self._picked is not None and self._native.isDone():
            picked, self._picked = self._picked, None
            if content := bytes(self._native.takeData() or b""):
                picked(content)
        return self._asked is None and self._picked is None

    def secure(self) -> None:
        """iOS lets no app forbid screenshots."""

    def hide_content(self) -> None:
        """Cover the window while the app is in the background."""
        self._native.coverWindow()

    def show_content(self) -> None:
        """Take the cover away."""
        self._native.uncoverWindow()
