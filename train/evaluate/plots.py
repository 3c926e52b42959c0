"""Pictures of a run: learning curves, confusion matrices, class weights."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

INK = "#1f2933"
BLUE, ORANGE, GREEN, GREY = "#2a6f97", "#e07a1f", "#3a7d44", "#9aa5b1"
DPI = 130


def save(figure: Figure, path: Path) -> None:
    """Write a PNG beside its place, then move it there."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    figure.savefig(temporary, dpi=DPI, format="png", bbox_inches="tight", facecolor="white")
    os.replace(temporary, path)


def learning_curves(history: list[dict[str, float]], path: Path) -> None:
    """Loss, validation scores and learning rate by epoch; the best epoch is marked."""
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    loss, score, rate = figure.subplots(1, 3)
    epochs = [row["epoch"] + 1 for row in history]
    best = epochs[int(np.argmax([row["val/weighted_f1"] for row in history]))]
    for axis, lines in (
        (loss, (("train/loss", "training", BLUE), ("val/loss", "validation", ORANGE))),
        (score, (("val/weighted_f1", "weighted F1", BLUE), ("val/balanced_accuracy", "balanced accuracy", ORANGE),
                 ("val/accuracy", "accuracy", GREEN))),
        (rate, (("lr", "learning rate", BLUE),)),
    ):  # fmt: skip
        for key, name, colour in lines:
            axis.plot(epochs, [row[key] for row in history], color=colour, label=name, lw=1.8, marker="o", ms=2.5)
        axis.axvline(best, color=GREY, lw=0.9, ls="--")
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8)
    loss.set_title("loss (class-weighted)", fontsize=10, color=INK)
    score.set_title(f"validation; best weighted F1 at epoch {best}", fontsize=10, color=INK)
    rate.set_title("learning rate", fontsize=10, color=INK)
    save(figure, path)


def confusion_matrix(matrix: np.ndarray, codes: list[str], title: str, path: Path) -> None:
    """Counts with rows (truth) shaded by share, so that rare classes show as well as common ones."""
    side = 1.6 + 0.52 * len(codes)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(matrix > 0):
        colour = "white" if shares[row, column] > 0.55 else INK
        axis.text(column, row, str(matrix[row, column]), ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(codes)), codes, rotation=45, ha="right", fontsize=8)
    axis.set_yticks(range(len(codes)), codes, fontsize=8)
    axis.set_xlabel("answer")
    axis.set_ylabel("truth")
    axis.set_title(title, fontsize=10, color=INK)
    figure.colorbar(image, ax=axis, fraction=0.045, label="share of the class")
    save(figure, path)


def class_weights(counts: np.ndarray, weights: np.ndarray, codes: list[str], path: Path) -> None:
    """Training photos of each class beside the weight that the loss gives it, rarest first."""
    order = np.argsort(counts, kind="stable")
    names, place = [codes[i] for i in order], np.arange(len(order))
    figure = Figure(figsize=(9, 1.2 + 0.3 * len(codes)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axis, values, colour, title in (
        (left, counts[order], BLUE, "training photos"),
        (right, weights[order], ORANGE, "loss weight (mean 1)"),
    ):
        bars = axis.barh(place, values, color=colour)
        axis.bar_label(bars, [f"{v:g}" if title.startswith("training") else f"{v:.2f}" for v in values.tolist()],
                       fontsize=8, padding=3)  # fmt: skip
        axis.set_title(title, fontsize=10, color=INK)
        axis.margins(x=0.14)
        axis.spines[["top", "right"]].set_visible(False)
    left.set_yticks(place, names, fontsize=8)
    left.invert_yaxis()
    save(figure, path)
