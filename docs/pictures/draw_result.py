"""Draw docs/pictures/result.jpg, the README's picture, from what `make demo` left in build/demo.

    make demo && .venv-demo/bin/python docs/pictures/draw_result.py

Every photo in it is a phantom, so that no person is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import shorten
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure, SubFigure
from PIL import Image

from edge_app.runtime import Abstention, Classifier, FitRule, Prediction, photo, trust
from edge_app.runtime.labels import label
from train.data.phantom import phantom_image

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "build" / "demo"
OUT = Path(__file__).with_name("result.jpg")
# (class, index) of phantoms with this seed, which neither training nor the gate has seen.
SHOWN = (("mel", 3), ("cowpox", 1), ("vasc", 0), ("hfmd", 0))
SEED, SIDE_PX, ENLARGED = 7, 512, 3
TIER_COLOURS = {"urgent": "#b3261e", "soon": "#c77700", "routine": "#2e7d4f"}
VERDICT_COLOURS = {"pass": "#2e7d4f", "inconclusive": "#c77700", "fail": "#b3261e"}
NAME_CHARACTERS = 22
INK, FAINT, PAPER = "#1d2433", "#8a93a6", "#ffffff"
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK,
    "xtick.color": FAINT, "ytick.color": INK, "axes.edgecolor": "#d5dae3", "figure.facecolor": PAPER,
}  # fmt: skip


def main() -> None:
    """Draw and save."""
    keys = trust.keys_of([DEMO / "key.pub"])
    classifier = Classifier.open(DEMO / "bundle-tflite", trusted_keys=keys)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(14, 6.6), dpi=130)
        left, right = figure.subfigures(1, 2, width_ratios=(2.1, 1.0), wspace=0.0)
        draw_answers(left, classifier)
        if classifier.bundle is not None:
            draw_gate(right, classifier.bundle.gate)
        figure.savefig(OUT, facecolor=PAPER, pil_kwargs={"quality": 90, "subsampling": 0, "optimize": True})
    print(OUT)


def draw_answers(part: SubFigure | Figure, classifier: Classifier) -> None:
    """One column for each phantom: the photo, the class activation map over it, the best three probabilities."""
    grid = part.add_gridspec(
        3,
        len(SHOWN),
        height_ratios=(1, 1, 0.52),
        left=0.025,
        right=0.965,
        top=0.86,
        bottom=0.04,
        hspace=0.08,
        wspace=0.12,
    )
    part.text(0.025, 0.945, "Answers of the exported file", fontsize=13, weight="bold")
    part.text(
        0.025, 0.905, "generated photos (phantoms), the map that the model itself gives, its probabilities", color=FAINT
    )
    for column, (code, index) in enumerate(SHOWN):
        pixels = phantom_image(code, index, SEED, SIDE_PX)
        answer = classifier.predict(pixels)
        image = photo.fit(pixels, enlarged(classifier.card.fit))
        axes = [part.add_subplot(grid[row, column]) for row in range(3)]
        for axis in axes[:2]:
            axis.imshow(image, interpolation="bicubic")
            axis.set_axis_off()
        axes[0].set_title(
            f"drawn as: {shorten(label(code).name, NAME_CHARACTERS, placeholder=' ...')}",
            loc="left",
            fontsize=8.8,
            color=FAINT,
            pad=5,
        )
        draw_map(axes[1], answer, list(answer.probabilities), image.shape[0])
        draw_bars(axes[2], answer, classifier)


def enlarged(rule: FitRule) -> FitRule:
    """The same part of the photo with more pixels than the model gets, for people."""
    return replace(rule, side_px=rule.side_px * ENLARGED, resize_px=rule.resize_px * ENLARGED)


def draw_map(axis: Any, answer: Prediction | Abstention, codes: list[str], side_px: int) -> None:
    """The best label's class activation map, its positive part, over the photo."""
    if answer.cam is None:
        return
    best = answer.best_label if isinstance(answer, Abstention) else answer.label
    positive = np.maximum(answer.cam[:, :, codes.index(best.code)], 0.0)
    strength = Image.fromarray(positive.astype(np.float32)).resize((side_px, side_px), Image.Resampling.BICUBIC)
    values = np.clip(np.asarray(strength) / max(float(positive.max()), 1e-6), 0.0, 1.0)
    axis.imshow(values, cmap="inferno", alpha=0.15 + 0.6 * values, vmin=0, vmax=1)


def draw_bars(axis: Any, answer: Prediction | Abstention, classifier: Classifier) -> None:
    """The three most probable labels in the colours of their risk tiers."""
    labels = {known.code: known for known in classifier.card.labels}
    best = sorted(answer.probabilities.items(), key=lambda item: -item[1])[:3]
    for row, (code, probability) in enumerate(best):
        known = labels[code]
        axis.barh(-row, 1.0, height=0.24, color="#eef1f6")
        axis.barh(-row, probability, height=0.24, color=TIER_COLOURS[known.tier])
        weight = "bold" if row == 0 else "normal"
        name = shorten(known.name, NAME_CHARACTERS, placeholder=" ...")
        axis.text(0.0, -row + 0.26, name, va="bottom", fontsize=8.8, weight=weight)
        axis.text(1.0, -row + 0.26, f"{probability:.0%}", va="bottom", ha="right", fontsize=8.8, weight=weight)
    axis.set_xlim(0, 1)
    axis.set_ylim(-2.4, 0.9)
    axis.set_axis_off()
    if isinstance(answer, Abstention):
        axis.text(0.5, -2.45, "no answer: abstains", ha="center", va="top", color=TIER_COLOURS["soon"], weight="bold")


def draw_gate(part: SubFigure | Figure, gate: dict[str, Any]) -> None:
    """Each class's paired drop of recall with its one-sided 95 % bound, against the tolerance."""
    axis = part.add_subplot(part.add_gridspec(1, 1, left=0.17, right=0.95, top=0.86, bottom=0.13)[0])
    classes = gate["classes"]
    for row, entry in enumerate(classes):
        colour = VERDICT_COLOURS[entry["verdict"]]
        drop, bound = 100 * entry["drop"], 100 * entry["drop_upper_95"]
        axis.plot([drop, bound], [-row, -row], color=colour, linewidth=2.2, solid_capstyle="round")
        axis.plot(drop, -row, "o", color=colour, markersize=6)
        axis.plot(bound, -row, "|", color=colour, markersize=9, markeredgewidth=2.2)
    tolerance = 100 * max(entry["tolerance"] for entry in classes)
    axis.axvline(tolerance, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    axis.axvline(0.0, color="#d5dae3", linewidth=1.0, zorder=0)
    axis.text(tolerance, 0.75, f"tolerance {tolerance:g}", ha="right", va="bottom", fontsize=8.8)
    axis.set_yticks([-row for row in range(len(classes))], [entry["label"] for entry in classes])
    axis.set_ylim(-len(classes) + 0.3, 1.4)
    axis.set_xlabel("recall lost, percentage points, and its 95 % bound")
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(length=0)
    part.text(0.03, 0.945, "The gate, class by class", fontsize=13, weight="bold")
    size = f"{gate['size_bytes'] / 1e6:.1f} MB" if gate.get("size_bytes") else ""
    subtitle = f"{gate['verdict']}: {gate['target']} {gate['scheme']} {size} against the float model"
    part.text(0.03, 0.905, subtitle, color=VERDICT_COLOURS[gate["verdict"]])


if __name__ == "__main__":
    main()
