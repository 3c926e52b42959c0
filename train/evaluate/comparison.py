"""Two folders compared: their answers paired photo by photo, the table of differences, its text and its file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConfigError, DataError
from train.evaluate.bootstrap import Resampling, numbered
from train.evaluate.compare import difference_table
from train.evaluate.predictions import is_run, open_predictions, paired
from train.places import placeless
from train.provenance import provenance

SCHEMA_VERSION = 1


def compare_folders(
    first: Path, second: Path, *, run_data: str | None, replicates: int, seed: int, command: list[str]
) -> dict[str, Any]:
    """Every figure of both and its paired difference; DataError where the two are not of the same photos."""
    if is_run(first) != is_run(second):
        raise ConfigError(
            f"{first} and {second} are a run and an evaluation: the answers of an evaluation have a temperature,"
            " those of a run have none; evaluate the run, too, or compare two runs"
        )
    one, other = paired(open_predictions(first, run_data), open_predictions(second, run_data))
    if not one.photos:
        raise DataError(f"{first} and {second} share no photo of a class that both models know; compare others")
    if one.groups != other.groups:
        raise DataError(f"{first} and {second} group the photos differently; evaluate both on the same --data")
    truth = np.array([one.codes.index(code) for code in one.truth])
    resampling = Resampling(numbered(one.groups), replicates, seed)
    return {
        "schema_version": SCHEMA_VERSION, "first": str(first), "second": str(second), "photos": len(one.photos),
        "groups": len(set(one.groups)), "replicates": replicates, "seed": seed,
        "figures": difference_table(truth, one.probabilities, other.probabilities, one.codes, resampling),
        "provenance": provenance(command, "cpu"),
    }  # fmt: skip


def table_lines(result: dict[str, Any]) -> list[str]:
    """The table as text, and what McNemar's test says."""
    lines = [
        f"A {result['first']}", f"B {result['second']}",
        f"{result['photos']} photos of {result['groups']} lesions or patients",
        f"{'':28}{'A':>8}{'B':>9}{'B - A':>9}   {'95 % interval':<22}{'p':>7}",
    ]  # fmt: skip
    for row in result["figures"]:
        change = row["difference"]
        mark = " t" if change["method"] == "tango" else ""
        limits = change["method"] if change["low"] is None else f"{change['low']:+.4f} to {change['high']:+.4f}{mark}"
        p = "" if row["p"] is None else f"{row['p']:.4f}"
        values = f"{row['first']:8.4f} {row['second']:8.4f} {change['value']:+8.4f}"
        lines.append(f"{row['figure']:28}{values}   {limits:<22}{p:>7}")
    test = next(row["mcnemar"] for row in result["figures"] if row["figure"] == "accuracy")
    only = f"{test['only_first_right']} photos right in A alone, {test['only_second_right']} in B alone"
    exact = "" if result["groups"] == result["photos"] else " (as if photos of one lesion were independent)"
    return [
        *lines,
        "t: fewer than ten lesions or patients differ, so Tango's score interval and McNemar's exact p",
        f"McNemar's exact test of accuracy: {only}, p {test['p']:.4f}{exact}",
    ]


def write_comparison(result: dict[str, Any], out: Path) -> None:
    """The result as JSON, whole or not at all, with no folder of the machine."""
    temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(placeless(result), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(temporary, out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"--out {out} cannot be written ({error}); name another file") from error
