"""Frozen against fine-tuned on the same test photos, dermoscopy and phone photos apart, as a page of docs/results.

    python docs/results/write_tuned.py HEAD_RUN TUNED_RUN docs/results/derm8-dev.md

HEAD_RUN and TUNED_RUN are run folders with the same split. Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from train.checkpoint import TrainedModel, load_checkpoint
from train.data.run_spec import open_split
from train.data.sample import Dataset
from train.evaluate.answers import float_logits
from train.sweep.page import as_markdown
from train.sweep.run import placeless
from train.sweep.table import REPLICATES, table_of
from train.sweep.trial import Answers, answers_of

INTRO = """# derm8-dev: MobileNetV2 on dermoscopy and phone photos

    python docs/results/write_tuned.py {words}

`assets/checkpoints/derm8-dev.safetensors` is the fine-tuned network. Both have ImageNet weights and the same classes
(label map `derm8`), training photos, sampler and class weights. *frozen*: one linear layer on kept features, no
augmentation. *fine-tuned*: from there, the whole network with augmentation. Epoch and class weights were
chosen on validation photos; the test photos below have chosen nothing."""
NOTE = f"""Intervals: 95 %, {REPLICATES} resamplings of whole lesions or patients; Wilson's for recalls whose hits or
misses come from fewer than ten of them. Differences are paired. One training each: what another seed would do is not in
them."""

SAYS = """## What they say

- Fine-tuning beats the frozen network here, in every figure over all photos and for dermoscopy; the claim of arXiv
  2509.04800 is the opposite. Augmentation, which the frozen network cannot have, is part of the difference.
- For phone photos alone the differences point the same way and are within their intervals: too few photos to tell.
- More than half of the melanomas are missed in either. This is a network to build an app with, not one to rely on.
- The classes with a dozen test photos or fewer say next to nothing.
"""


def main() -> None:
    """Answer, compare, write."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("head", type=Path)
    p.add_argument("tuned", type=Path)
    p.add_argument("page", type=Path)
    options = p.parse_args()
    runs = {"frozen": load_checkpoint(options.head / "best.ckpt"),
            "fine-tuned": load_checkpoint(options.tuned / "best.ckpt")}  # fmt: skip
    data = {name: open_split("run@test", trained) for name, trained in runs.items()}
    logits = {name: float_logits(trained, data[name]) for name, trained in runs.items()}
    samples = data["frozen"].samples
    if [s.id for s in samples] != [s.id for s in data["fine-tuned"].samples]:
        raise SystemExit("the two runs have other test photos; train them with one seed")
    taken = np.array([sample.metadata.get("acquisition") or "" for sample in samples])
    lines = [INTRO.format(words=f"{options.head.name} {options.tuned.name} {options.page.name}"), "", NOTE, ""]
    for title, kept in (("All test photos", taken != "?"), ("Dermoscopy (HAM10000)", taken == "dermoscopy"),
                        ("Phone photos (PAD-UFES-20)", taken == "phone")):  # fmt: skip
        lines += section(title, data["frozen"], logits, runs, kept)
    for name, trained in runs.items():
        lines += origin(name, trained)
    lines += ["", SAYS.rstrip()]
    options.page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(options.page)


def section(
    title: str, dataset: Dataset, logits: dict[str, np.ndarray], runs: dict[str, TrainedModel], kept: np.ndarray
) -> list[str]:
    """The tables of the photos `kept` bool [N]."""
    codes = [label.code for label in runs["frozen"].labels]
    chosen = [sample for sample, inside in zip(dataset.samples, kept, strict=True) if inside]
    cells: dict[str, list[Answers]] = {
        name: [answers_of(chosen, values[kept], codes, runs[name].provenance.get("commit"))]
        for name, values in logits.items()
    }
    counts = np.bincount([sample.label for sample in chosen], minlength=len(codes))
    listed = ", ".join(f"{code} {count}" for code, count in zip(codes, counts, strict=True) if count)
    table = as_markdown(table_of(cells, "frozen"), codes).partition("\nLowest and highest")[0]
    return [f"## {title}", "", f"{len(chosen)} photos: {listed}.", "", table]


def origin(name: str, trained: TrainedModel) -> list[str]:
    """Where a network comes from."""
    facts = trained.provenance
    versions, machine = facts["versions"], facts["machine"]
    return [
        f"- {name}: `{' '.join(placeless(facts['command']))}`; commit {facts['commit']}, torch {versions['torch']}, "
        f"{machine['processor']}, {machine['cores']} cores, seed {facts['seed']}, data {facts['data_sha256'][:16]}"
    ]


if __name__ == "__main__":
    main()
