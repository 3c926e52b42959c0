"""What an evaluation is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.photo import SUFFIXES
from train.evaluate.bootstrap import REPLICATES
from train.files import refuse_unwritable

REPLICATES_MIN = 100


@dataclass(frozen=True, kw_only=True)
class Options:
    """The command line of `python -m train evaluate`; counts of 0 leave a part out."""

    data: str
    out: Path
    checkpoint: Path | None = None
    bundle: Path | None = None
    validation: str | None = None
    run_data: str | None = None
    label_map: str | None = None
    tta: bool = False
    malignant: list[str] | None = None
    outliers: Path | None = None
    outlier_pictures: int = 60
    robust_photos: int = 140
    mistakes: int = 12
    replicates: int = REPLICATES
    seed: int = 0
    threads: int = 1
    trusted_keys: list[Path] = field(default_factory=list)
    allow_unsigned: bool = False
    command: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("outlier_pictures", "robust_photos", "mistakes", "seed"):
            if getattr(self, name) < 0:
                raise ConfigError(f"--{name.replace('_', '-')} is {getattr(self, name)}; allowed: 0 or more")
        check_replicates(self.replicates)
        if self.malignant is not None and not self.malignant:
            raise ConfigError("--malignant names no class; allowed: codes of the model with commas between, as mel,bcc")
        if self.threads < 1:
            raise ConfigError(f"--threads is {self.threads}; allowed: 1 or more")
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise ConfigError(f"--out {self.out} is in use; name a new folder")
        refuse_unwritable(self.out, "--out")
        if self.outliers is not None:
            pictures_in(self.outliers)


def pictures_in(folder: Path) -> list[Path]:
    """The picture files in `folder` and below, by name; ConfigError where there are none."""
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    if not files:
        raise ConfigError(f"--outliers {folder} holds no pictures; name a folder of {' '.join(SUFFIXES)} files")
    return files


def check_table(out: Path | None) -> None:
    """ConfigError where the file that a comparison is to be written to cannot be one."""
    if out is None:
        return
    if out.is_dir():
        raise ConfigError(f"--out {out} is a folder; name a file, as compared.json")
    refuse_unwritable(out, "--out")


def check_seed(seed: int) -> None:
    """ConfigError for a seed that no generator takes."""
    if seed < 0:
        raise ConfigError(f"--seed is {seed}; allowed: 0 or more")


def check_replicates(count: int) -> None:
    """ConfigError for so few replicates that percentiles of them mean nothing."""
    if count < REPLICATES_MIN:
        raise ConfigError(f"--replicates is {count}; allowed: {REPLICATES_MIN} or more, as 2000")
