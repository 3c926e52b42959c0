"""The scheme `qat8`: calibrate, train with the file's rounding, write the file with what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from export.qat.lessons import Lessons
from export.qat.student import Student
from export.qat.targets import qat_target
from export.qat.training import Report, taught

KEPT = "training.pt"


def write_qat8(
    target: str, module: nn.Module, photos: Sequence[np.ndarray], lessons: Lessons, epochs: int, out: Path,
    report: Report,
) -> Path:  # fmt: skip
    """The file for `target` of `module` (from `lower`), trained for `epochs`; its training is kept beside `out`.

    Raises ConfigError where the checkpoint has no photos to train on, ConversionError where the file cannot be made.
    """
    side_px, tools = lessons.trained.fit.side_px, qat_target(target)
    ranges = tools.ranges_of(module, side_px, photos, report)
    student = Student(module, tools.sites_of(module, side_px, report), ranges)
    taught(student, lessons, epochs, out.parent / KEPT, report)
    tools.write(student.learnt(), side_px, photos, student.ranges(), out, report)
    return out
