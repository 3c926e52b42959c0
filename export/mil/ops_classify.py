"""The op that makes a classifier's outputs: a label and a dictionary of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from export.mil.ops_elementwise import Op


def classify(probabilities: Tensor, classes: Sequence[str]) -> tuple[str, dict[str, float]]:
    """(most probable class, {class: probability})."""
    values = probabilities.flatten().tolist()
    return classes[values.index(max(values))], dict(zip(classes, values, strict=True))


OPS: Mapping[str, Op] = {"classify": classify}
