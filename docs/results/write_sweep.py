"""Turn the table of a sweep into a page of docs/results: its figures as they are, and what they say in words.

    python -m train sweep --grid sample_weighting --init WEIGHTS.npz --data ham10000:HAM --out build/weighting
    python docs/results/write_sweep.py build/weighting/sweep.md docs/results/sample-weighting.md
    python -m train sweep --grid frozen_mobilenetv2 --init WEIGHTS.npz --data ham10000:HAM --out build/frozen
    python docs/results/write_sweep.py build/frozen/sweep.md docs/results/frozen-mobilenetv2.md

Nothing is typed in by hand: the words below hold no figure of the tables.
"""

from __future__ import annotations

import argparse
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
"""
WORDS = {
    "sample-weighting": (WEIGHTING_INTRO, WEIGHTING_SAYS),
    "frozen-mobilenetv2": (FROZEN_INTRO, FROZEN_SAYS),
}


def main() -> None:
    """Write one page."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("table", type=Path, help="sweep.md of the sweep's folder")
    p.add_argument("page", type=Path, help=f"{' or '.join(WORDS)}, .md")
    options = p.parse_args()
    options.page.write_text(page(options.table.read_text(encoding="utf-8"), *WORDS[options.page.stem]), "utf-8")


def page(table: str, intro: str, says: str) -> str:
    """The table between what it is and what it says."""
    title, _, rest = table.partition("\n")
    return f"{title}\n\n{intro}\n{rest}\n## What they say\n{says}"


if __name__ == "__main__":
    main()
