"""Compare what frozen features tell after different beginnings: sweeps of one grid, each from other initial weights.

    python -m train --recipe simsiam_mobilenetv2 --init WEIGHTS.npz --data ham10000:HAM --out build/simsiam \\
        --set model.side_px=96 --set model.resize_px=96 --set fit.epochs=2
    for each beginning, NAME and INIT (WEIGHTS.npz, build/simsiam/backbone.safetensors, none):
    python -m train sweep --grid linear_probe --init INIT --data ham10000:HAM --out build/probe-NAME
    python docs/results/write_pretraining.py build/simsiam ImageNet=build/probe-imagenet \\
        'ImageNet, then SimSiam=build/probe-simsiam' random=build/probe-random docs/results/pretraining.md

The first beginning is the baseline. Nothing is typed in by hand: the words below hold no figure of the tables.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from train.sweep.grid import load_grid, trials_of
from train.sweep.page import as_markdown
from train.sweep.table import table_of
from train.sweep.trial import place_of, read_answers

INTRO = """\
MobileNetV2 at 96 px, frozen, with one linear layer trained on its features of HAM10000's training photos (5,984 photos,
one a lesion; 70/15/15, one seed), judged on its test photos. The features begin from ImageNet, from ImageNet with a
short SimSiam pre-training on the same training photos without their classes, or from random weights. Whether
pre-training on skin beats ImageNet is what arXiv 2601.00286 leaves open."""
SAYS = """
- A pre-training as short as this says what the machinery does, not what SimSiam can do: its paper trains a hundred
  epochs in batches four times as large.
- {verdict}
"""
VERDICTS = {
    1: "Here the pre-training helps: the interval of the difference in balanced accuracy lies above zero.",
    0: "Here the pre-training neither helps nor harms: the interval of the difference in balanced accuracy holds zero.",
    -1: "Here the pre-training harms: the interval of the difference in balanced accuracy lies below zero.",
}


def main() -> None:
    """Write the page."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pretraining", type=Path, help="folder of the SimSiam run")
    p.add_argument(
        "sweeps", nargs="+", metavar="NAME=FOLDER", help="sweeps of linear_probe; the second is the pre-trained"
    )
    p.add_argument("page", type=Path)
    options = p.parse_args()
    trials = trials_of(load_grid("linear_probe"))
    folders = {name: Path(folder) for name, _, folder in (word.partition("=") for word in options.sweeps)}
    answers = {
        f"{name}, {trial.cell}": [read_answers(place_of(trial, folder))]
        for name, folder in folders.items() for trial in trials
    }  # fmt: skip
    rows = table_of(answers, next(iter(answers)))
    gap = next(row for row in rows if row.cell == list(answers)[len(trials)]).differences["balanced accuracy"]
    low, high = (gap.value if limit is None else limit for limit in (gap.low, gap.high))
    verdict = VERDICTS[(low > 0) - (high < 0)]
    text = f"# Pre-training without classes\n\n{INTRO}\n\n{as_markdown(rows, answers[rows[0].cell][0].codes)}\n"
    text += history_of(options.pretraining) + f"\n## What they say\n{SAYS.format(verdict=verdict)}"
    options.page.write_text(text, encoding="utf-8")


def history_of(run: Path) -> str:
    """The epochs of the pre-training, and where it comes from."""
    found = json.loads((run / "pretraining.json").read_text(encoding="utf-8"))
    facts = found["provenance"]
    told = "The pre-training (spread 1: photos are told apart; 0: collapsed):"
    lines = [told, "", "| epoch | loss | spread | seconds |", "|---|---|---|---|"]
    lines += [
        f"| {row['epoch'] + 1} | {row['loss']:.3f} | {row['spread']:.3f} | {row['seconds']:.0f} |"
        for row in found["history"]
    ]
    origin = (
        f"- {facts['photos']} photos, from {facts['initial_weights']}, seed {facts['seed']}, commit {facts['commit']}"
    )
    return "\n".join([*lines, "", f"{origin}, {facts['machine']['processor']}, shared with other work"]) + "\n"


if __name__ == "__main__":
    main()
