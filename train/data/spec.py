"""The spelling of data on every command line: KIND:PATH[@SPLIT]."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_app.runtime.errors import ConfigError, DataError
from train.data import folder, ham10000, phantom_set
from train.data.sample import Dataset

SPLITS = ("train", "val", "test", "all")
KINDS: dict[str, Callable[[Path, str], Dataset]] = {
    "folder": folder.open_folder,
    "ham10000": ham10000.open_ham10000,
}
SPELLING = "phantom:N[:SEED], folder:PATH or ham10000:PATH, each with an optional @train, @val, @test or @all"


@dataclass(frozen=True)
class DataSpec:
    """One data spelling, taken apart; `split` is "all" where none was given."""

    kind: str
    path: str
    split: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.path}" + ("" if self.split == "all" else f"@{self.split}")

    @property
    def whole(self) -> str:
        """The spelling without its split."""
        return f"{self.kind}:{self.path}"


def parse(text: str) -> DataSpec:
    """`text` as a DataSpec; ConfigError says what is allowed."""
    match = re.fullmatch(r"(?P<kind>[a-z0-9-]+):(?P<path>.+?)(?:@(?P<split>train|val|test|all))?", text)
    if match is None:
        raise ConfigError(f"data {text!r} is not understood; allowed: {SPELLING}")
    kind, path = match["kind"], match["path"]
    if kind == "phantom":
        phantom_set.parse_path(path)
    elif kind not in KINDS:
        raise ConfigError(f"data kind {kind!r} is unknown; allowed: {SPELLING}")
    return DataSpec(kind, path, match["split"] or "all")


def parse_whole(text: str) -> DataSpec:
    """`text` as a DataSpec without a split, as training wants it; it makes its own."""
    spec = parse(text)
    if spec.split != "all":
        raise ConfigError(f"data {text!r} names a split; training makes its own: write {spec.whole}")
    return spec


def open_data(spec: DataSpec | str, *, phantom_side_px: int = 192) -> Dataset:
    """Every sample of the data that `spec` names, whatever its split; DataError where they break their format."""
    spec = parse(spec) if isinstance(spec, str) else spec
    if spec.kind == "phantom":
        return phantom_set.open_phantoms(spec.path, spec.whole, phantom_side_px)
    path = Path(spec.path).expanduser()
    if not path.is_dir():
        raise DataError(f"data folder {path} does not exist; check the path in {spec}")
    return KINDS[spec.kind](path, spec.whole)
