"""The table of data kinds: a loader is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.data import folder, ham10000
from train.data.sample import Dataset


@dataclass(frozen=True)
class Kind:
    """A loader `open(path, spec, **options)`, the options it takes, and whether its path is a file."""

    open: Callable[..., Dataset]
    options: tuple[str, ...] = ()
    is_file: bool = False

    def is_there(self, path: Path) -> bool:
        """Whether `path` is the file or folder that the loader wants."""
        return path.is_file() if self.is_file else path.is_dir()


KINDS: dict[str, Kind] = {
    "folder": Kind(folder.open_folder),
    "ham10000": Kind(ham10000.open_ham10000),
}
