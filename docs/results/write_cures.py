"""What static 8 bits and each cure do to every class, from the rows of `measure_cures.py`.

    python docs/results/write_cures.py WORK OUT.md

WORK is the folder that `measure_cures.py` was given. One table a target; nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

TITLES = {"tflite": "TFLite", "onnx": "ONNX", "coreml": "CoreML, run by the project's executor"}
NOTE = """\
Selection photos (validation), on which an export chooses; no gate photo is used here. *damage*: mean squared difference
of the logits to the float model's, every class counting alike. Each class has its recall in per cent and, in brackets,
photos lost (-) and gained (+) against the float model; a class without brackets answers as before. Times are left out:
other work ran on the machine. Damage says which cure helps; a class of a dozen photos moves in steps of 8 %.

Every cure stands alone first, then on top of those before it, in the order in which an export tries them:

| | |
|---|---|
| static8, w8a8 | 8-bit weights and activations, ranges with the least squared error; nothing else |
| percentile | ranges without the smallest and largest 0.01 % |
| smooth N | SmoothQuant, N % of the outliers behind norms go to the weights |
| bias | means put right in the biases |
| mixed N | the N stretches of the network that are most to blame stay in float |
| qat8 | trained with the rounding of 8 bits, for the epochs in the command |"""
PART = re.compile(r"(mixed|smooth)(\d+)")


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    found = {target: rows_of(options.work / target / "rows.jsonl") for target in TITLES}
    options.out.write_text("\n".join(page({t: rows for t, rows in found.items() if rows})) + "\n", encoding="utf-8")
    print(options.out)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of one target; none where it was not measured."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def page(targets: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The page's lines."""
    first = next(iter(targets.values()))[0]
    lines = [
        f"# Static 8 bits and its cures, class by class: {first['model']}, {first['side_px']} px",
        "",
        *(f"    {line}" for line in unique(row["command"] for rows in targets.values() for row in rows)),
        "    python docs/results/write_cures.py WORK OUT.md",
        "",
        NOTE,
    ]
    for target, rows in targets.items():
        lines += ["", f"## {TITLES[target]}", "", *table(rows), "", *remarks(rows)]
    lines += ["", f"- checkpoint SHA-256: {first['checkpoint_sha256']}", f"- training data: {first['training_data']}"]
    return lines


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """One target's rows, the float model's first."""
    tried = [row for row in rows if row["classes"]]
    classes = tried[0]["classes"]
    heads = ("", "MB", "agreement", "damage", *(f"`{one['label']}` ({one['support']})" for one in classes), "commit")
    before = ["float model", "", "", "", *(f"{recall * 100:.1f}" for recall in tried[0]["float"]), ""]
    return [
        f"| {' | '.join(heads)} |",
        "|---|" + "---:|" * (len(heads) - 1),
        *(f"| {' | '.join(cells)} |" for cells in (before, *map(cells_of, tried))),
    ]


def cells_of(row: dict[str, Any]) -> list[str]:
    """One file."""
    recalls = [
        f"{one['recall'] * 100:.1f}" + (f" (-{one['lost']} +{one['gained']})" if one["lost"] or one["gained"] else "")
        for one in row["classes"]
    ]
    figures = [f"{row['size_bytes'] / 1e6:.2f}", f"{row['agreement'] * 100:.2f} %", f"{row['damage']:.5f}"]
    return [called(row["scheme"]), *figures, *recalls, row["commit"][:7] + row["commit"][40:]]


def called(scheme: str) -> str:
    """A scheme in the words of the note."""
    base, *parts = scheme.split("_")
    words = [PART.sub(r"\1 \2", part) for part in parts]
    return f"{base}: {', '.join(words)}" if words else base


def remarks(rows: Sequence[dict[str, Any]]) -> list[str]:
    """How far the halves of the calibration photos differ, what could not be made, versions."""
    halves = next((row["halves"] for row in rows if row.get("halves")), None)
    told = [] if halves is None else [
        f"- calibration halves: steps differ by a factor of {halves['median_step_ratio']:.3f} in the median tensor, of"
        f" {halves['worst_step_ratio']:.2f} in the worst of {halves['tensors']}"
    ]  # fmt: skip
    told += [f"- {called(row['scheme'])}: {row['why']}" for row in rows if not row["classes"]]
    return [*told, f"- {' '.join(f'{name} {version}' for name, version in rows[0]['tools'].items())}"]


def unique(lines: Iterable[str]) -> list[str]:
    """`lines` without repetitions, in their order."""
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    main()
