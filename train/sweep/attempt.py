"""One training of a sweep that may fail without ending the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.runtime.errors import DermedgeError, one_line
from train.data.spec import DataSpec
from train.sweep.grid import Trial
from train.sweep.trial import Bases, run_trial

# What a training can die of without ending the sweep; a full disk or an interrupt ends it.
ERRORS = (DermedgeError, RuntimeError, ValueError, ArithmeticError, MemoryError)


@dataclass(frozen=True)
class Work:
    """What all trainings of a sweep share: the data, the folder, the initial weights, what judges."""

    spec: DataSpec
    out: Path
    init: str | None
    judge: str


def attempt(trial: Trial, work: Work, bases: Bases) -> str | None:
    """Train what is not there yet; None, or why it failed in one line."""
    try:
        run_trial(trial, work.spec, work.out, init=work.init, judge=work.judge, bases=bases)
    except ERRORS as error:
        return one_line(f"{type(error).__name__}: {error}")
    return None
