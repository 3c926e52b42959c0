"""Which photos are no evidence of their own: those of one lesion or patient, and copies of one photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Node = tuple[int, str]


def clusters_of(groups: Sequence[str], pixels: Sequence[str]) -> np.ndarray:
    """A number for each photo, int [N]; photos that share a group or pixels, directly or over others, have the same.

    `groups` names each photo's lesion or patient, `pixels` is a hash of what the model sees of it. Neither folder nor
    file name makes a copy a second photo, nor does the name of another lesion.
    """
    above: dict[Node, Node] = {}

    def top(node: Node) -> Node:
        while above.setdefault(node, node) != node:
            above[node] = node = above[above[node]]
        return node

    for group, seen in zip(groups, pixels, strict=True):
        above[top((1, seen))] = top((0, group))
    numbers: dict[Node, int] = {}
    return np.array([numbers.setdefault(top((0, group)), len(numbers)) for group in groups], dtype=int)


def repeats(pixels: Sequence[str]) -> int:
    """How many photos show nothing that another one before them does not show."""
    return len(pixels) - len(set(pixels))
