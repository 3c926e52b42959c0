"""Where a working report may go: it may show photos, so it stays apart from every place of a bundle."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from edge_app.runtime.errors import ConfigError
from export import bundle
from export.options import Options


def refuse_strange_reports(options: Options) -> None:
    """ConfigError for a report that would spoil a bundle, or that could not be written when all else is done."""
    outputs = [options.out_of(target) for target in options.targets]
    for target in options.targets:
        report = options.report_of(target)
        if report is not None:
            refuse_bundle(report)
            refuse_outputs(report, outputs)
            refuse_unwritable(report)


def refuse_bundle(report: Path) -> None:
    """ConfigError when `report` is a bundle or lies in one."""
    place = real(report)
    spoilt = next((folder for folder in (place, *place.parents) if bundle.is_bundle(folder)), None)
    if spoilt is not None:
        raise ConfigError(f"report {report} would spoil the bundle {spoilt}; name a folder outside")


def refuse_outputs(report: Path, outputs: list[Path]) -> None:
    """ConfigError when `report` and a place where the export may put a bundle or a candidate hold one another."""
    asides = [bundle.aside(out, kind) for out in outputs for kind in (bundle.REJECTED, bundle.UNVERIFIED)]
    for place in (*outputs, *asides):
        ours, theirs = real(report), real(place)
        if ours == theirs or ours in theirs.parents or theirs in ours.parents:
            raise ConfigError(
                f"report {report} is, holds or lies in {place}, where the export puts its files; name a folder outside"
            )


def refuse_unwritable(report: Path) -> None:
    """ConfigError unless a file can be written into the folder `report`; nothing of the trial stays."""
    made: list[Path] = []
    try:
        made = [folder for folder in (report, *report.parents) if not folder.exists()]
        report.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=report):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"report {report} cannot be written ({reason}); name a new folder or one of yours") from error
    finally:
        bundle.remove_empty([folder for folder in made if folder.is_dir()])


def real(path: Path) -> Path:
    """The absolute path behind all links."""
    return Path(os.path.realpath(path))
