"""Choose a file: folders and photos (or whatever else the caller wants), from the last folder that was used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kivy.properties import StringProperty

from edge_app.runtime import photo
from edge_app.ui.page import Page
from edge_app.ui.session import Session
from edge_app.ui.widgets.buttons import ListRow
from edge_app.ui.widgets.facts import Empty

ROWS_MAX = 300
# As many as a tall phone shows; the others follow one a frame, so that no frame is long.
ROWS_FIRST = 12


class FilesPage(Page):
    """`ask` sets what is looked for and who gets it; without it, photos go to the capture screen."""

    folder = StringProperty("")

    def __init__(self, session: Session, **values: Any) -> None:
        super().__init__(session, **values)
        self._suffixes: tuple[str, ...] = photo.SUFFIXES
        self._done: Callable[[Path], None] | None = None
        self._takes_folders = False

    def ask(self, suffixes: tuple[str, ...], done: Callable[[Path], None], *, folders: bool = False) -> None:
        """Look for `suffixes`, and hand what is chosen to `done`; a folder too, where `folders`."""
        self._suffixes, self._done, self._takes_folders = suffixes, done, folders
        self.app.go("files")

    def fill(self) -> None:
        """List the folder."""
        place = Path(self.folder) if self.folder else self.app.platform.export_folder()
        self.folder = str(place)
        self.title = self.app.tr("Choose a file")
        self.action_icon = "check" if self._takes_folders else ""
        self.ids.rows.clear_widgets()
        if place.parent != place:
            self.add_row("arrow_back", place.parent.name or str(place.parent), place.parent)
        entries = listing(place, self._suffixes)
        for entry in entries[:ROWS_FIRST]:
            self.add_entry(entry)
        self.in_turn(*(partial(self.add_entry, entry) for entry in entries[ROWS_FIRST:]))
        if not any(entry.is_file() for entry in entries):
            wanted = ", ".join(suffix.removeprefix(".") for suffix in self._suffixes)
            title, second = (
                self.app.tr("Nothing to choose here"),
                self.app.tr("Looking for: {kinds}").format(kinds=wanted),
            )
            self.ids.rows.add_widget(Empty(icon="folder", title=title, second=second))

    def add_entry(self, entry: Path) -> None:
        """A folder or a file."""
        self.add_row("folder" if entry.is_dir() else icon_of(entry), entry.name, entry)

    def add_row(self, icon: str, name: str, path: Path) -> None:
        """One line."""
        row = ListRow(icon=icon, title=name, trailing="chevron_right" if path.is_dir() else "")
        row.bind(on_release=lambda _: self.choose(path))
        self.ids.rows.add_widget(row)

    def choose(self, path: Path) -> None:
        """Into a folder, or done."""
        if path.is_dir():
            self.folder = str(path)
            self.fill()
            self.ids.scroll.scroll_y = 1
            return
        self.hand_over(path)

    def act(self) -> None:
        """The folder itself."""
        self.hand_over(Path(self.folder))

    def hand_over(self, path: Path) -> None:
        """Give the choice to whoever asked."""
        done = self._done or self.app.screen("capture").import_file
        self._suffixes, self._done, self._takes_folders = photo.SUFFIXES, None, False
        self.app.back()
        done(path)


def icon_of(file: Path) -> str:
    """Photos are told from other files."""
    return "image" if file.suffix.lower() in photo.SUFFIXES else "description"


def listing(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Folders by name, then files with one of `suffixes`, the newest first, for that is the photo just taken.

    Hidden ones are left out; nothing where the folder may not be read.
    """
    try:
        entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
        folders = sorted(path for path in entries if path.is_dir())
        files = [path for path in entries if path.suffix.lower() in suffixes and path.is_file()]
        newest = sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))
    except OSError:
        return []
    return [*folders, *newest][:ROWS_MAX]
