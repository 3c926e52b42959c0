"""`export.py gate-error`: the gate's error rates as a page of Markdown."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from export.gate.error_rates import Truth, exact_over_sizes, shares
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict
from export.progress import track
from train.provenance import commit

FACTORS = (1.0, 1.25, 1.5, 2.0)
# The fewest photos of a class with which none may be lost, one may, two and so on at a tolerance of 0.02.
SIZES = (155, 240, 317, 389, 458, 526, 592, 657, 721, 784, 847, 909, 970)
GAINED = (0.0, 0.002, 0.005, 0.01, 0.03)
# The most photos of a lesion, the share of photos that follow it, the share that is alone; see `Truth`.
CLUSTERINGS = (
    (1, 0.0, 0.0), (4, 0.5, 0.0), (4, 1.0, 0.0), (10, 1.0, 0.0), (10, 0.5, 0.85), (10, 1.0, 0.85), (30, 1.0, 0.85)
)  # fmt: skip
HARMFUL = [Truth(photos=n, gained=g) for n in (150, 300, 600) for g in (0.0, 0.01)]
HARMLESS = [
    Truth(photos=n, gained=g, others=n, elsewhere=g)
    for n in (12, 40, 150, 300, 600, 1500)
    for g in (0.001, 0.005, 0.02)
]


def page(*, runs: int, seed: int, command: str) -> str:
    """The page: what passes although out of tolerance, exact and simulated; what fails although harmless."""
    tolerances = Tolerances()
    lines = [
        "# How often the gate errs",
        "",
        f"    {command}",
        "",
        f"Tolerances are the defaults: {tolerances.recall:.0%} of recall in a class or tier,"
        f" {tolerances.accuracy:.0%} of accuracy. A file is out of tolerance when the true drop of a class is its"
        " tolerance or more. The harmless"
        " files below lose as many right answers as they gain.",
        "",
        *exact_section(tolerances.recall),
        *harmful_section(tolerances, runs, seed),
        *harmless_section(tolerances, runs, seed),
        f"- runs of each line: {runs}; a rate of 5 % then has a standard error of {np.sqrt(0.05 * 0.95 / runs):.2%}",
        f"- seed: {seed}",
        f"- commit: {commit()}",
        f"- machine: {platform.system()} {platform.machine()}, python {platform.python_version()},"
        f" numpy {np.__version__}",
    ]
    return "\n".join(lines) + "\n"


def exact_section(tolerance: float) -> list[str]:
    """One class of independent photos, by enumeration."""
    rows = []
    for factor in track(FACTORS, "exact pass rates"):
        mean, largest, where = exact_over_sizes(SIZES, factor * tolerance, GAINED, tolerance)
        rows.append([f"{factor:g} x tolerance", percent(mean), percent(largest), where])
    return [
        "## One class, exact",
        "",
        f"Chance that a class passes, over {SIZES[0]} to {SIZES[-1]} photos and {GAINED[0]:.0%} to {GAINED[-1]:.0%} of"
        " photos gained: the sizes from which one more photo may be lost, at which it errs most.",
        "",
        *table(["true drop", "mean", "largest", "with photos"], rows),
        "",
    ]


def harmful_section(tolerances: Tolerances, runs: int, seed: int) -> list[str]:
    """Whole gates with one class out of tolerance."""
    rows = []
    settings = [(c, t) for c in CLUSTERINGS for t in HARMFUL]
    for number, ((per_lesion, follow, alone), truth) in enumerate(track(settings, "files out of tolerance")):
        clustered = replace(truth, per_lesion=per_lesion, follow=follow, alone=alone)
        found = [
            shares(replace(clustered, drop=factor * tolerances.recall), tolerances, runs=runs, seed=(seed, number))
            for factor in (1.0, 1.5, 2.0)
        ]
        rows.append([
            truth.photos, lesions(per_lesion, alone), f"{follow:g}", f"{truth.gained:.1%}",
            *(percent(share[Verdict.PASS]) for share in found), *(percent(share[Verdict.FAIL]) for share in found),
        ])  # fmt: skip
    passed = [[float(str(cell).split()[0]) for cell in row[4:7]] for row in rows]
    at_tolerance, beyond = [row[0] for row in passed], [rate for row in passed for rate in row[1:]]
    heads = ["photos of a class", "of a lesion", "follow it", "gained", "pass at 1 x", "1.5 x", "2 x", "fail at 1 x"]
    return [
        "## Whole gates, one of three classes out of tolerance",
        "",
        "The other two classes have 1,000 photos each and lose none, so that nothing but the bound of the one class"
        f" (and of its tier) stops the file. {len(rows)} settings, {runs} gates each. A file out of tolerance passes in"
        f" {np.mean(passed):.1f} % of all gates; at worst in {max(at_tolerance):.1f} % when its drop is just the"
        f" tolerance, in {max(beyond):.1f} % when it is half as much again or more. The rest fails or stays open.",
        "",
        *table([*heads, "1.5 x", "2 x"], rows),
        "",
    ]


def harmless_section(tolerances: Tolerances, runs: int, seed: int) -> list[str]:
    """Whole gates with no class out of tolerance."""
    rows = []
    for number, truth in enumerate(track(HARMLESS, "harmless files")):
        found = shares(truth, tolerances, runs=runs, seed=(seed, len(CLUSTERINGS) * len(HARMFUL) + number))
        rows.append([truth.photos, f"{truth.gained:.1%}", *(percent(found[verdict]) for verdict in Verdict)])
    return [
        "## Whole gates, harmless files",
        "",
        "Every class loses and gains the same share of photos. With few photos a harmless file cannot pass; what"
        " matters is that it hardly fails, and that it passes when photos suffice.",
        "",
        *table(["photos of a class", "lost and gained", *(verdict.value for verdict in Verdict)], rows),
        "",
    ]


def lesions(per_lesion: int, alone: float) -> str:
    """Photos of a lesion in words."""
    if alone:
        return f"1 ({alone:.0%} of photos) or {per_lesion}"
    return "1" if per_lesion == 1 else f"1 to {per_lesion}"


def percent(share: float) -> str:
    """A share with one decimal."""
    return f"{share * 100:.1f} %"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, figures to the right."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---:|' * len(heads)}"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]
