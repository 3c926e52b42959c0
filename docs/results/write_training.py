"""Turn the figures of kills, of two processes and of feeding into pages of docs/results.

    python -m tests.train.kill_and_resume --runs 40 --out build/kills > build/kills.json
    python -m tests.train.two_processes --out build/two > build/two.json
    python docs/results/write_training.py resume build/kills.json build/two.json docs/results/resume-and-ddp.md
    python docs/results/write_training.py feeding ROWS.jsonl [ROWS.jsonl ...] docs/results/feeding.md

Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import read_rows
from benchmarks.train_command import GOALS
from benchmarks.train_turns import WAYS
from edge_app.runtime.timing import BenchmarkRow

KINDS = {
    "bytes": "in the middle of writing a checkpoint",
    "rename": "between a checkpoint's last byte and its name",
    "time": "at a random time",
}
RESUME_INTRO = (
    "A run of 4 epochs (tiny network with batch norm, dropout, moving average of the weights, accumulated batches,",
    "clipped gradients, warm-up, early stopping) is killed with SIGKILL up to three times and resumed. Compared with a",
    "run that nobody disturbed: figures of all three splits, the history but for its seconds, and in `best.ckpt` and",
    "`last.ckpt` the averaged and the live weights, the optimizer's and the scheduler's state; to the bit.",
)
TWO_INTRO = (
    "A tiny Swin (no batch norm) on phantoms of uneven classes, so of uneven loss weights: in one process, and in two",
    "that torchrun starts (gloo), on the same batches of 8. *by itself* is a control: the same two processes, but each",
    "divides its loss by its own weights.",
)
FEEDING_INTRO = (
    "*real*: Lightning's loop as `python -m train` runs it. *bare*: the same optimizer step on one tensor again and",
    "again. *timm*: the bare step fed by `timm.data.create_loader` with the same crops, flips and colours (it has no",
    "rotation), the photos' files already in memory. The three take turns in one process; a ratio is the median of its",
    "rounds', with the lowest and the highest. *waiting*: share of the time in which the step waits for a batch. A GPU",
    "was not measured.",
)


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("resume", "feeding"))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--note", default="", help="a sentence about the circumstances")
    options = parser.parse_args()
    *sources, out = options.files
    if options.kind == "resume":
        kills, two = (json.loads(path.read_text(encoding="utf-8")) for path in sources)
        lines = resume_page(kills, two)
    else:
        lines = feeding_page([row for path in sources for row in read_rows(path)], options.note)
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(out)


def resume_page(kills: dict[str, Any], two: dict[str, Any]) -> list[str]:
    """Kills, then processes."""
    runs = kills["runs"]
    struck = [kill for run in runs for kill in run["kills"]]
    by_kind = Counter(kill["kind"] for kill in struck)
    half = sum(kill["half_files"] > 0 for kill in struck)
    kept = Counter(kill["epochs_kept"] for kill in struck)
    rows = [[text, by_kind[kind]] for kind, text in KINDS.items()] + [["all", len(struck)]]
    return [
        "# Killed and resumed; one process and two", "",
        "    python -m tests.train.kill_and_resume --runs " + str(len(runs)) + " --out build/kills", "",
        *RESUME_INTRO, "",
        f"**{sum(run['same'] for run in runs)} of {len(runs)} runs ended the same**, after {len(struck)} kills:", "",
        *table(("killed", "kills"), rows), "",
        f"{half} kills left a half-written file beside the checkpoints, none a half checkpoint; after the runs "
        f"{sum(run['left_behind'] for run in runs)} such files were left. Epochs kept at a kill: "
        + ", ".join(f"{epochs} at {count}" for epochs, count in sorted(kept.items())) + ".", "",
        *origin({"seed": kills["seed"], **kills["provenance"]}), "",
        "## Two processes", "", "    python -m tests.train.two_processes --out build/two", "", *TWO_INTRO, "",
        *table(("largest difference from one process", "two processes", "by itself"), difference_rows(two)), "",
        f"The training loss fell by {two['fall']:.3g} meanwhile.", "", *origin(two["provenance"]),
    ]  # fmt: skip


def difference_rows(two: dict[str, Any]) -> list[list[str]]:
    """One line for each thing compared."""
    names = {"train/loss": "training loss", "val/loss": "validation loss", "state_dict": "averaged weights",
             "live_weights": "weights"}  # fmt: skip
    rows = [[text, *(f"{two[way][name]:.2g}" for way in ("shared", "by_itself"))] for name, text in names.items()]
    same = ["yes" if two[way]["same_scores"] else "no" for way in ("shared", "by_itself")]
    return [*rows, ["accuracies and F1 the same", *same]]


def feeding_page(rows: list[BenchmarkRow], note: str) -> list[str]:
    """A table for each measurement."""
    lines = ["# Feeding: the training loop beside the bare step and timm's loader", "", *FEEDING_INTRO]
    lines += ["", note] if note else []
    for row in rows:
        found, goal = row.metrics, GOALS[row.target]
        met = "met" if found["real_of_bare"] >= goal else "missed"
        title = f"{row.model}, {found['side_px']:.0f} px, batch {found['batch_size']:.0f}, {row.target}"
        columns = ("", "photos/s", "waiting", "loop against it", "lowest", "highest")
        lines += [
            "", f"## {title}, {row.threads} threads", "", f"    {row.provenance['command']}", "",
            *table(columns, way_rows(found)), "",
            f"{found['rounds']:.0f} rounds of {found['steps_a_round']:.0f} steps each. Goal: {goal} of the bare step, "
            f"**{met}** ({found['real_of_bare']:.3f}; all rounds together {found['real_of_bare_total']:.3f}; by the "
            f"processor's time, which others on the machine do not lengthen, {found['real_of_bare_cpu']:.3f}).",
            f"Augmenting takes {found['real_augmenting_share']:.1%} of the loop.", "",
            *origin({"measured": row.created, **row.machine, **row.provenance}),
        ]  # fmt: skip
    return lines


def way_rows(found: dict[str, float]) -> list[list[str]]:
    """Photos a second, waiting share and ratios of each way."""
    return [
        [way, f"{found[f'{way}_photos_per_s']:.2f}", f"{found[f'{way}_waiting_share']:.2%}",
         *([f"{found[f'real_of_{way}{part}']:.3f}" for part in ("", "_min", "_max")] if way != "real" else [""] * 3)]
        for way in WAYS
    ]  # fmt: skip


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, figures to the right."""
    head = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
    return head + [f"| {' | '.join(map(str, row))} |" for row in rows]


def origin(facts: dict[str, Any]) -> list[str]:
    """Where figures come from, as a list."""
    shown = {name: value for name, value in facts.items() if name != "command" and value not in (None, [], {})}
    texts = {
        name: ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else
        ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in shown.items()
    }  # fmt: skip
    return [f"- {name}: {text}" for name, text in texts.items()]


if __name__ == "__main__":
    main()
