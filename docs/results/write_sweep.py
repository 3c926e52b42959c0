"""Turn the table of a sweep into a page of docs/results: its figures as they are, and what they say in words.

    python -m train sweep --grid sample_weighting --init WEIGHTS.npz --data ham10000:HAM --out build/weighting
    python docs/results/write_sweep.py build/weighting/sweep.md docs/results/sample-weighting.md
    python -m train sweep --grid frozen_mobilenetv2 --init WEIGHTS.npz --data ham10000:HAM --out build/frozen
    python docs/results/write_sweep.py build/frozen/sweep.md docs/results/frozen-mobilenetv2.md

Nothing is typed in by hand: the words below hold no figure of the tables. What the paper says of sample weighting is
read from sample-weighting-published.csv, its tables 2 to 5.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

WEIGHTING_INTRO = """\
The rows of tables 2 to 5 of "How Important Is Each Dermoscopy Image?" (Barata and Santiago), and hard
examples of each class, on HAM10000 (5,984 photos, one a lesion): real ImageNet features of a frozen
MobileNetV2, dropout and one linear layer, Adam, M = 20; averaged over two grouped 80/20 cuts. The first row
is the baseline."""
WEIGHTING_SAYS = """
- Class weights trade, as in the paper: both raise the balanced accuracy, by dermatofibromas, actinic
  keratoses, melanomas and vascular lesions, and cost accuracy, mean precision and Matthews correlation, most
  of all by the recall of nevi.
- Weights by effective samples (eq. 8) give the balanced accuracy of plain class balance (eq. 7) for less
  accuracy, which is the paper's conclusion, too.
- Self-paced, hard examples and hard examples of each class change next to nothing here: every interval of a
  difference holds zero or comes within a thousandth of it. The paper's gain from hard examples does not show.
  It trains a whole network; a linear layer, for whose second half all photos count, seems to end where it
  would have ended anyway. Nor does choosing the hardest of each class help, which the paper hoped for.
- Focal loss with gamma 1 does no better than cross-entropy, as in the paper; its rows say the same of
  weights.
- What this is not: VGG-16 trained end to end. Frozen features are weak on dermoscopy (a baseline that finds
  no dermatofibroma), so levels are not those of the paper; directions can be compared.

## How the grid was cut and extended
Tables 2 to 5 cross the flat and the hierarchical model, Adam and SGD, two losses and five weightings. This grid holds
one model and Adam with both losses and all five weightings, so every row of table 2 and no more; it adds the hardest
of each class, and the Matthews correlation. It was cut while it ran, for time: one seed in place of three, Adam
without SGD. No cell was left out for what it showed. The whole of tables 2 to 5 is the grid `sample_weighting_vgg16`,
which needs a GPU and has not been run. The paper averages validation photos of two 80/20 cuts, as here; here 15 % test
photos are set apart first. A commit that ends in "+" is a tree with other work in it.

## What the paper has

Table 2 of the paper, flat VGG-16 with CBAM trained end to end; tables 3 to 5 stand in
[sample-weighting-published.csv](sample-weighting-published.csv).

"""
FROZEN_INTRO = """\
A frozen MobileNetV2 with real ImageNet weights on HAM10000 (5,984 photos, one a lesion): the head of arXiv
2509.04800 (FC, ReLU, dropout) on features that were computed once, and the same with class weights. 70/15/15
splits, judged on the test photos, MCC among the figures. Classes of fewer than 100 photos, which the paper
leaves out: df and vasc; their recalls rest on about a dozen test photos."""
FROZEN_SAYS = """
- Frozen ImageNet features tell nevi from the rest and little more: the accuracy is within a tenth of the share
  of nevi, no dermatofibroma is found, and two melanomas of three are missed. A frozen MobileNetV2 is no
  classifier to use.
- Class weights (eq. 7 of the sample-weighting paper) find dermatofibromas, actinic keratoses and melanomas
  more often, for accuracy and Matthews correlation; macro F1 stays within its interval.
- The paper's photos are others, so its figures for MobileNetV2 cannot be compared. Its claim that frozen beats
  fine-tuned does not hold for this network on HAM10000 with PAD-UFES-20: [derm8-dev](derm8-dev.md).

The grid was cut while it ran, for time: three seeds in place of five, two heads in place of six. No cell was left out
for what it showed. A commit that ends in "+" is a tree with other work in it.
"""
WORDS = {
    "sample-weighting": (WEIGHTING_INTRO, WEIGHTING_SAYS),
    "frozen-mobilenetv2": (FROZEN_INTRO, FROZEN_SAYS),
}
PUBLISHED = Path(__file__).parent / "sample-weighting-published.csv"


def main() -> None:
    """Write one page."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("table", type=Path, help="sweep.md of the sweep's folder")
    p.add_argument("page", type=Path, help=f"{' or '.join(WORDS)}, .md")
    options = p.parse_args()
    intro, says = WORDS[options.page.stem]
    if options.page.stem == "sample-weighting":
        says += published("2")
    options.page.write_text(page(options.table.read_text(encoding="utf-8"), intro, says), "utf-8")


def published(table: str) -> str:
    """One of the paper's tables."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == table]
    figures = list(rows[0])[5:]
    lines = [f"| | {' | '.join(figures)} |", "|" + "---|" * (len(figures) + 1)]
    lines += [f"| {row['loss']}, {row['weighting']} | {' | '.join(row[name] for name in figures)} |" for row in rows]
    return "\n".join(lines) + "\n"


def page(table: str, intro: str, says: str) -> str:
    """The table between what it is and what it says."""
    title, _, rest = table.partition("\n")
    return f"{title}\n\n{intro}\n{rest}\n## What they say\n{says}"


if __name__ == "__main__":
    main()
