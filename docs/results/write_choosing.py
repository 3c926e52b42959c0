"""How often the gate fails the file that was chosen: with and without looking at the risk, by simulation.

    python docs/results/write_choosing.py OUT.md [--runs N] [--seed N]

Float models and candidates are invented: logits with margins of their own in each class, candidates whose logits have
noise that differs from class to class. Selection and gate photos are drawn from one truth, and chosen and judged by the
code that chooses and judges real files. Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime.labels import KNOWN
from export.gate.examine import Reference
from export.gate.photos import PhotoSet
from export.gate.tolerances import Tolerances
from export.gate.verdict import ROUNDING, Verdict, judge
from export.quantize.risk import RISK_MAX, chance_to_fail, sizes_of
from train.provenance import commit

LABELS = tuple(KNOWN[code] for code in ("nv", "mel", "bkl", "bcc", "akiec", "df", "vasc"))
# Photos of each class, in the order of LABELS.
SETS = {
    "900 photos, 9 to 650 of a class": (650, 73, 88, 40, 28, 9, 12),
    "700 photos, 100 of a class": (100,) * 7,
    "2,800 photos, 400 of a class": (400,) * 7,
    "140 photos, 20 of a class": (20,) * 7,
}
# Noise of the logits of a ladder's candidates, most first, in units of the logits' spread; the last is float.
NOISES = (0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.001, 0.0)
HALF = 0.001
TOLERANCES = Tolerances()
RULES = ("without", "with")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A float model's lead of the true class and spread of logits, and each candidate's noise and shift, by class."""

    lead: np.ndarray
    noise: np.ndarray
    shift: np.ndarray


def main() -> None:
    """Simulate, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.write_text("\n".join(page(options.runs, options.seed, options.out)) + "\n", encoding="utf-8")
    print(options.out)


def page(runs: int, seed: int, out: Path) -> list[str]:
    """The page's lines."""
    rows = []
    for number, (name, counts) in enumerate(SETS.items()):
        found = [ladder(counts, np.random.default_rng((seed, number, run))) for run in range(runs)]
        for rule in RULES:
            rows.append([name, rule, *figures([one[rule] for one in found])])
    return [
        "# How often the gate fails what was chosen",
        "",
        f"    python docs/results/write_choosing.py {out.as_posix()} --runs {runs} --seed {seed}",
        "",
        f"Ladders of {len(NOISES)} invented candidates, the noisiest first and float last. The first whose drops are"
        " all within tolerance on the selection photos is taken; *with* looking at the risk also only where at most"
        f" {RISK_MAX:.0%} of gates would fail it (`export/quantize/risk.py`). Then a gate of as many photos of the same"
        " kind judges it, once. *8 bits*: something noisier than half precision was taken.",
        "",
        "| photos (selection, gate alike) | risk | gate fails | 8 bits taken | gate fails those | median noise taken |",
        "|---|---|---:|---:|---:|---:|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"- ladders of each line: {runs}",
        f"- seed: {seed}",
        f"- commit: {commit()}",
        f"- machine: {platform.system()} {platform.machine()}, python {platform.python_version()}, numpy"
        f" {np.__version__}",
    ]


def figures(taken: Sequence[tuple[float, Verdict]]) -> list[str]:
    """What became of the ladders' winners."""
    eight = [verdict for noise, verdict in taken if noise > HALF]
    failures, of_eight = Counter(verdict for _, verdict in taken), Counter(eight)
    share = of_eight[Verdict.FAIL] / len(eight) if eight else 0.0
    middle = float(np.median([noise for noise, _ in taken]))
    return [
        f"{failures[Verdict.FAIL] / len(taken):.1%}", f"{len(eight) / len(taken):.1%}", f"{share:.1%}", f"{middle:g}"
    ]  # fmt: skip


def ladder(counts: Sequence[int], rng: np.random.Generator) -> dict[str, tuple[float, Verdict]]:
    """One truth's ladder: (noise, the gate's verdict) of what each rule takes."""
    truth = truth_of(rng)
    selection, gate = (photos(counts, truth, rng) for _ in RULES)
    sizes = sizes_of([gate.photos], len(LABELS))
    taken: dict[str, tuple[float, Verdict]] = {}
    for place, noise in enumerate(NOISES):
        logits = answered(selection, truth, place, rng)
        if not is_within(selection, logits):
            continue
        verdict = judged(gate, answered(gate, truth, place, rng)).verdict
        taken.setdefault("without", (noise, verdict))
        if chance_to_fail(selection, logits, sizes, TOLERANCES) <= RISK_MAX:
            taken["with"] = (noise, verdict)
            break
    return taken


def truth_of(rng: np.random.Generator) -> Truth:
    """Classes differ in how sure the float model is of them, and in how noise and shifts of 8 bits hit them."""
    shape = (len(NOISES), len(LABELS))
    noise = np.array(NOISES)[:, None] * rng.lognormal(0.0, 0.3, shape)
    shift = np.array(NOISES)[:, None, None] * 0.5 * rng.normal(size=(*shape, len(LABELS)))
    return Truth(lead=rng.uniform(0.5, 2.5, len(LABELS)), noise=noise, shift=shift)


def photos(counts: Sequence[int], truth: Truth, rng: np.random.Generator) -> Reference:
    """Photos of a truth with the float model's answers."""
    label = np.repeat(np.arange(len(LABELS)), counts)
    logits = rng.normal(0.0, 1.0, (len(label), len(LABELS)))
    logits[np.arange(len(label)), label] += truth.lead[label]
    names = tuple(map(str, range(len(label))))
    pixels = np.zeros((len(label), 1, 1, 3), np.uint8)
    shown = PhotoSet(
        name="invented", ids=names, images=pixels, truth=label, groups=names, clusters=np.arange(len(label)),
        hashes=names, pixels=names,
    )  # fmt: skip
    return Reference(photos=shown, logits=logits.astype(np.float32), labels=LABELS)


def answered(reference: Reference, truth: Truth, place: int, rng: np.random.Generator) -> np.ndarray:
    """The logits of candidate number `place`: heavy-tailed noise and a shift, as much as its photo's class gets."""
    label = reference.photos.truth
    noise = rng.standard_t(5, reference.logits.shape) * truth.noise[place][label][:, None]
    return np.asarray(reference.logits + noise + truth.shift[place][label], dtype=np.float32)


def judged(reference: Reference, logits: np.ndarray):  # type: ignore[no-untyped-def]
    """The gate's judgement."""
    shown = reference.photos
    return judge(shown.truth, reference.answers, logits.argmax(axis=1), shown.clusters, LABELS, TOLERANCES)


def is_within(reference: Reference, logits: np.ndarray) -> bool:
    """Whether every drop is within its tolerance."""
    return all(row.drop <= row.tolerance + ROUNDING for row in judged(reference, logits).rows)


if __name__ == "__main__":
    main()
