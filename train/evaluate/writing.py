"""The folder of an evaluation, written whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConfigError
from train.data.metadata import Metadata
from train.evaluate.evaluation import Evaluation
from train.evaluate.page.markdown import summary_markdown
from train.evaluate.page.report import report_html
from train.evaluate.photos import Evaluated

RESULT, PREDICTIONS, REPORT, SUMMARY = "evaluation.json", "predictions.csv", "report.html", "summary.md"
FIXED = ("id", "sha256", "group", "truth", "answer", "right", "probability", "energy", "model_knows")
TOLD = tuple(Metadata.__annotations__)
# Before each class's column, so that a class called "id" stays apart from the others.
PREFIX = "p_"


def write_evaluation(evaluation: Evaluation, out: Path) -> None:
    """Leave evaluation.json, predictions.csv, report.html and summary.md in the new folder `out`."""
    temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        text = json.dumps(finite(evaluation.result), indent=1, ensure_ascii=False, allow_nan=False)
        (temporary / RESULT).write_text(text + "\n", encoding="utf-8")
        write_predictions(evaluation.evaluated, temporary / PREDICTIONS)
        page = report_html(evaluation.result, evaluation.pictures)
        (temporary / REPORT).write_text(page, encoding="utf-8")
        (temporary / SUMMARY).write_text(summary_markdown(evaluation.result), encoding="utf-8")
        if out.is_dir():
            out.rmdir()  # it is empty, or `Options` would have refused it
        os.replace(temporary, out)
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written ({error}); name another folder") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_predictions(evaluated: Evaluated, path: Path) -> None:
    """One row a photo: what it is, what was answered, what the data say of it, every probability."""
    probabilities, codes = evaluated.probabilities, evaluated.plan.codes
    answers, known = probabilities.argmax(1), evaluated.plan.known
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*FIXED, *TOLD, *(f"{PREFIX}{code}" for code in codes)])
        for i, sample in enumerate(evaluated.photos.samples):
            truth, answer = codes[sample.label], codes[answers[i]]
            told: dict[str, Any] = dict(sample.metadata)
            writer.writerow([
                sample.id, evaluated.answered.hashes[i], sample.group, truth, answer, int(truth == answer),
                f"{probabilities[i].max():.6f}", f"{evaluated.answered.energies[i]:.6f}", int(known[sample.label]),
                *("" if told.get(name) is None else told[name] for name in TOLD),
                *(f"{p:.6g}" for p in probabilities[i]),
            ])  # fmt: skip


def finite(value: Any) -> Any:
    """`value` with NaN and infinities as None, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
