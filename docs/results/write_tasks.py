"""Turn the sweeps of DermImitFormer into pages of docs/results: the sweep's tables, and what each task came to.

    python -m train sweep --grid dermimit_choices --data pad-ufes-20:PAD --out build/choices
    python docs/results/write_tasks.py build/choices docs/results/dermimit-choices.md
    python -m train sweep --grid dermimit_ablation --data pad-ufes-20:PAD --out build/ablation
    python docs/results/write_tasks.py build/ablation docs/results/dermimit-ablation.md

Nothing is typed in by hand: the words below hold no figure of the tables.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from write_sweep import page

SETTING = """\
The small DermImitFormer (`vit_mini_patch16_128+dermimit`, random weights, SGD, CutMix, few epochs) on the
552 photos of PAD-UFES-20 that are here, disease, body part and six symptoms; 70/15/15 splits by patient, another
split for each seed."""
CHOICES_INTRO = f"""\
{SETTING} How many patches each task keeps, and what body part and symptoms count in the loss. These are test
photos; the choice was made by the validation photos ([0090](../decisions/0090-what-dermimitformer-leaves-open.md))."""
CHOICES_SAYS = """
- One seed and so few photos do not tell K and weights apart; a weight of 1 is the lowest here as on
  the validation photos.
- The choice by validation is not the row that is best here. It stays: choosing by test photos would be no choice.
"""
ABLATION_INTRO = f"""\
{SETTING} D is the disease alone with lesion selection, B adds the body part, A the symptoms; the last two rows
keep every patch, and let no task look at another's. The first row is the baseline."""
ABLATION_SAYS = """
- Lesion selection costs here: keeping every patch is the best row in every figure, for every seed above D+B+A,
  and its difference from D holds no zero. A class token that has not learnt where lesions are keeps the wrong
  patches, as the runs' `plots/attention.png` show; the paper's starts from ImageNet weights.
- The body part or the symptoms alone raise balanced accuracy and macro F1 over D; both together do not show to. Seeds
  scatter as far as those gains.
- Without interaction is what it is with it, within the intervals.
- The other tasks are hardly learnt: the body part is guessed, and of the symptoms only itch is told at all.
- What this is not: the paper's ViT-B/16 with ImageNet weights on the whole data set. `dermimit_vit_base` is that
  recipe; it has not been trained here.
"""
WORDS = {"dermimit-choices": (CHOICES_INTRO, CHOICES_SAYS), "dermimit-ablation": (ABLATION_INTRO, ABLATION_SAYS)}


def main() -> None:
    """Write one page."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sweep", type=Path, help="folder of the sweep")
    p.add_argument("page", type=Path, help=f"{' or '.join(WORDS)}, .md")
    options = p.parse_args()
    intro, says = WORDS[options.page.stem]
    table = (options.sweep / "sweep.md").read_text(encoding="utf-8")
    options.page.write_text(page(table, intro, f"{says}\n{tasks_table(options.sweep / 'runs')}"), "utf-8")


def tasks_table(runs: Path) -> str:
    """Balanced accuracy of every task on the test photos of every cell: mean, lowest and highest over its runs."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for metrics in sorted(runs.glob("*/metrics.json")):
        test: dict[str, Any] = json.loads(metrics.read_text(encoding="utf-8"))["test"]
        for task, figures in test.get("tasks", {}).items():
            if figures["balanced_accuracy"] is not None:
                found[metrics.parent.name.partition("_seed")[0]][task].append(figures["balanced_accuracy"])
    tasks = list(dict.fromkeys(task for cell in found.values() for task in cell))
    lines = ["## The other tasks", "", "Balanced accuracy on the test photos: mean (lowest to highest run). Guessing "
             "gives one over the body parts that occur, and a half.", "",
             f"| | {' | '.join(tasks)} |", "|" + "---|" * (len(tasks) + 1)]  # fmt: skip
    lines += [f"| {cell} | {' | '.join(spread(values[task]) for task in tasks)} |" for cell, values in found.items()]
    return "\n".join(lines) + "\n"


def spread(values: list[float]) -> str:
    """As "0.52 (0.48 to 0.55)"; "" where there is none."""
    return f"{sum(values) / len(values):.2f} ({min(values):.2f} to {max(values):.2f})" if values else ""


if __name__ == "__main__":
    main()
