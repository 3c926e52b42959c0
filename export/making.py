"""The files of one float model for one target: as a plain scheme makes them, or treated; checked, or not there."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.job import Export, refuse_broken_promises
from export.lowering import lower
from export.progress import say
from export.qat.lessons import Lessons
from export.qat.qat8 import write_qat8
from export.quantize.auto import cures_of
from export.quantize.candidate import Candidate
from export.quantize.treatment import Cures, Treatment
from export.targets.schemes import QAT, needs_calibration
from export.unforeseen import unforeseen_as


@dataclass(frozen=True, kw_only=True)
class Maker:
    """The lowered float model, its calibration photos, and what treats its files, if anything does."""

    export: Export
    module: nn.Module
    photos: list[np.ndarray]
    cures: Cures | None

    def file(self, candidate: Candidate, out: Path) -> Path:
        """The file of `candidate` at `out`, made when it is not there.

        ConversionError for one that cannot be made or breaks its promise; an OSError of a full disk comes as it is.
        It gets its name after its check, so one that is there has been checked, whatever ended the export that made it.
        """
        if out.exists():
            return out
        unchecked = out.with_name(f"unchecked{out.suffix}")
        try:
            with unforeseen_as(ConversionError):
                self.write(candidate, unchecked)
                refuse_broken_promises(self.export.target, unchecked, candidate.scheme)
            os.rename(unchecked, out)
        finally:
            shutil.rmtree(unchecked, ignore_errors=True)
            unchecked.unlink(missing_ok=True)
        return out

    def write(self, candidate: Candidate, out: Path) -> None:
        """Write the file of `candidate`, as it comes."""
        if candidate.treatment is None or self.cures is None:
            self.write_plain(candidate.scheme, out)
        else:
            self.cures.write(candidate.treatment, out)

    def write_plain(self, scheme: str, out: Path) -> None:
        """Write the file of a plain scheme, as it comes."""
        target, materials, options = self.export.target, self.export.materials, self.export.options
        side_px = materials.trained.fit.side_px
        calibration = self.photos if needs_calibration(scheme) else None
        if scheme == QAT:
            lessons = Lessons(materials.trained, materials.temperature, options.seed)
            write_qat8(target.NAME, self.module, self.photos, lessons, options.qat_epochs, out, say)
        elif self.cures is not None and calibration is not None and scheme in self.cures.bases:
            self.cures.write(Treatment(base=scheme), out)
        else:
            target.convert(self.module, side_px=side_px, scheme=scheme, calibration=calibration, out=out, report=say)


def maker_of(export: Export) -> Maker:
    """What makes the files of `export`."""
    materials, target = export.materials, export.target
    module = lower(materials.trained, temperature=materials.temperature, layout=target.LAYOUT)
    photos = [] if materials.calibration is None else list(materials.calibration.images)
    cures = cures_of(target.NAME, module, materials.trained.fit.side_px, photos)
    return Maker(export=export, module=module, photos=photos, cures=cures)
