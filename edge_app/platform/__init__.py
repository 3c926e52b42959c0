"""What differs between a desktop and phones, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge_app.store.vaults import Vault


class Platform(Protocol):
    """Files, photos and the keeping of secrets as this device does them."""

    name: str

    def data_folder(self) -> Path:
        """Where the app may write what belongs to it alone."""
        ...

    def export_folder(self) -> Path:
        """Where files go that the user asked for."""
        ...

    def has_camera(self) -> bool:
        """Whether the capture screen can show a live picture."""
        ...

    def ask_camera(self, done: Callable[[bool], None]) -> None:
        """Ask for the permission to use the camera where one is needed, then call `done` with the answer."""
        ...

    def camera_turns(self) -> int:
        """Quarter turns clockwise that bring the camera's picture upright."""
        ...

    def share(self, file: Path, kind: str) -> bool:
        """Hand a file of the MIME type `kind` to another app, as the user chooses; False where there is no such way."""
        ...

    def insets(self) -> tuple[int, int]:
        """Pixels at the top and the bottom of the window that the system draws over."""
        ...

    def vault(self, passphrase: str) -> Vault:
        """What keeps a history's key on this device."""
        ...

    def pick_photo(self, done: Callable[[bytes], None]) -> bool:
        """Let the system's own picker choose a photo and call `done` with its bytes; False where there is none."""
        ...

    def secure(self) -> None:
        """Once, at the start: no screenshots, where the system can be told so."""
        ...

    def hide_content(self) -> None:
        """The app goes to the background: nothing readable may show in the list of recent apps."""
        ...

    def show_content(self) -> None:
        """The app is back."""
        ...
