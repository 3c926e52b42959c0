"""A desktop: the XDG folders (or their like), the app's own file chooser, a camera where Kivy finds one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from edge_app.store.vaults import PassphraseVault, Vault

DATA = "DERMEDGE_APP_DATA"


class DesktopPlatform:
    """See `Platform`."""

    name = "desktop"

    def data_folder(self) -> Path:
        """$DERMEDGE_APP_DATA, else where this system keeps an application's data."""
        if named := os.environ.get(DATA):
            return Path(named)
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / "dermedge"
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "dermedge"
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "dermedge"

    def export_folder(self) -> Path:
        """The user's documents, else their home."""
        documents = Path.home() / "Documents"
        return documents if documents.is_dir() else Path.home()

    def has_camera(self) -> bool:
        """Whether there is a video device; where this system cannot tell, the capture screen tries."""
        return not sys.platform.startswith("linux") or any(Path("/dev").glob("video*"))

    def ask_camera(self, done: Callable[[bool], None]) -> None:
        """The system asks by itself where it wants to."""
        done(True)

    def camera_turns(self) -> int:
        """Webcams stand upright."""
        return 0

    def share(self, file: Path, kind: str) -> bool:
        """The file lies in the user's own folder; the app starts no other program."""
        return False

    def insets(self) -> tuple[int, int]:
        """The window is the app's alone."""
        return 0, 0

    def vault(self, passphrase: str) -> Vault:
        """The passphrase's."""
        return PassphraseVault(passphrase)

    def pick_photo(self, done: Callable[[bytes], None]) -> bool:
        """The app's own file chooser serves."""
        return False

    def secure(self) -> None:
        """Nothing to do: a desktop's user locks their screen."""

    def hide_content(self) -> None:
        """Nothing to do, as above."""

    def show_content(self) -> None:
        """Nothing was hidden."""
