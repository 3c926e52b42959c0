"""The table of data kinds: a loader is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.data import (
    csv_table,
    derm7pt,
    fitzpatrick17k,
    folder,
    ham10000,
    isic2019,
    msld_v2,
    pad_ufes_20,
    sd198,
    skin_ds,
)  # fmt: skip
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
    "isic2019": Kind(isic2019.open_isic2019),
    "pad-ufes-20": Kind(pad_ufes_20.open_pad_ufes_20),
    "fitzpatrick17k": Kind(fitzpatrick17k.open_fitzpatrick17k, ("labels",)),
    "msld-v2": Kind(msld_v2.open_msld_v2),
    "skin-ds": Kind(skin_ds.open_skin_ds, ("groups", "splits")),
    "sd-198": Kind(sd198.open_sd198),
    "derm7pt": Kind(derm7pt.open_derm7pt, ("images",)),
    "csv": Kind(csv_table.open_csv, csv_table.OPTIONS, is_file=True),
}
