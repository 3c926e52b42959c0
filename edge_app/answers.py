"""Answers as rows: the table on screen, the CSV and the JSON Lines file have the same columns."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from edge_app.runtime.card import RESERVED_CODES
from edge_app.runtime.classifier import Abstention, Prediction
from edge_app.runtime.errors import ConfigError, one_line

COLUMNS = RESERVED_CODES
SHOWN = ("file", "verdict", "label", "probability", "reason")
FILE_CHARACTERS, REASON_CHARACTERS = 44, 72
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Row:
    """One photo's answer. `verdict` is prediction, abstention or unreadable; absent parts are empty or None."""

    file: str
    verdict: str
    label: str = ""
    probability: float | None = None
    reason: str = ""
    best_label: str = ""
    probabilities: dict[str, float] = field(default_factory=dict)


def row_of(file: str, answer: Prediction | Abstention) -> Row:
    """The row of an answer; an abstention leaves `label` empty and names its best one in `best_label`."""
    if isinstance(answer, Abstention):
        code, label, verdict, reason = answer.best_label.code, "", "abstention", answer.reason
    else:
        code = label = answer.label.code
        verdict, reason = "prediction", ""
    return Row(file, verdict, label, answer.probability, reason, code, answer.probabilities)


def unreadable(file: str, reason: str) -> Row:
    """The row of a photo that could not be read."""
    return Row(file, "unreadable", reason=reason)


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as aligned lines of plain text under a heading."""
    cells = [SHOWN, *(shown(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(SHOWN))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def shown(row: Row) -> tuple[str, ...]:
    """One row as the table shows it: an abstention's best label in brackets, long names cut at their start."""
    file = one_line(row.file)
    file = file if len(file) <= FILE_CHARACTERS else "..." + file[-(FILE_CHARACTERS - 3) :]
    label = f"({row.best_label})" if row.verdict == "abstention" else row.label
    probability = "" if row.probability is None else f"{row.probability:.3f}"
    reason = row.reason if len(row.reason) <= REASON_CHARACTERS else row.reason[: REASON_CHARACTERS - 3] + "..."
    return file, row.verdict, label, probability, reason


def writer(out: Path) -> Callable[[Sequence[Row], Sequence[str]], None]:
    """A function that writes rows with these label codes to `out`; ConfigError, before any work, when none can."""
    if out.suffix.lower() not in WRITERS:
        raise ConfigError(f"--out {out} has the suffix {out.suffix!r}; allowed: {', '.join(WRITERS)}")
    if out.is_dir() or not out.parent.is_dir():
        raise ConfigError(f"--out {out} cannot be a file there; name one in an existing folder")
    return lambda rows, codes: write_whole(out, rows, codes)


def write_whole(out: Path, rows: Sequence[Row], codes: Sequence[str]) -> None:
    """Write beside `out`, then rename: the file is there whole or stays as it was."""
    partial = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        # File names need not be valid Unicode; such bytes are written as escapes.
        with partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            WRITERS[out.suffix.lower()](file, rows, codes)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def write_csv(file: IO[str], rows: Sequence[Row], codes: Sequence[str]) -> None:
    """CSV (RFC 4180) with a heading; cells that a spreadsheet would run get an apostrophe in front."""
    table = csv.writer(file)
    table.writerow([*COLUMNS, *codes])
    for row in rows:
        table.writerow(["" if value is None else unformulated(value) for value in record(row, codes).values()])


def write_jsonl(file: IO[str], rows: Sequence[Row], codes: Sequence[str]) -> None:
    """One JSON object a line, with the CSV's columns as names; what is empty there is null here."""
    for row in rows:
        values = {name: None if value == "" else value for name, value in record(row, codes).items()}
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


def record(row: Row, codes: Sequence[str]) -> dict[str, str | float | None]:
    """Column name to value, in the order of the columns."""
    of_row = {name: getattr(row, name) for name in COLUMNS}
    return of_row | {code: row.probabilities.get(code) for code in codes}


def unformulated(value: str | float) -> str | float:
    """`value` such that no spreadsheet takes it for a formula."""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


WRITERS = {".csv": write_csv, ".jsonl": write_jsonl}
