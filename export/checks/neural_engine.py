"""A lint for Apple's Neural Engine: rules of thumb from Apple's published advice, not a measurement.

Core ML decides at load time where each op runs and Linux cannot ask it. The rules follow "Deploying Transformers on the
Apple Neural Engine" (Apple Machine Learning Research 2022: four axes, channels first, no reshapes of small last axes)
and the documented limits of Core ML Tools. A clean bill is likely, not certain, to run there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from export.checks.check import Check, Outcome

NAME = "Neural Engine lint"
RANK_MAX = 4
AXIS_MAX = 16384
NOT_TAKEN = frozenset(
    [
        "gather",
        "gather_along_axis",
        "gather_nd",
        "scatter",
        "scatter_nd",
        "non_zero",
        "one_hot",
        "topk",
        "argsort",
        "cumsum",
        "while_loop",
        "cond",
        "gru",
        "lstm",
        "rnn",
        "non_maximum_suppression",
        "shape",
        "tile",
        "range_1d",
        "fill_like",
    ]
)


@dataclass(frozen=True)
class Node:
    """One op of a program: its kind, the shape and dtype ("fp16", "fp32", "int32", ...) of its first output."""

    kind: str
    shape: tuple[int, ...]
    dtype: str


def check(nodes: Iterable[Node]) -> Check:
    """The lint of a program's ops, constants left out."""
    counts = Counter(reason for node in nodes for reason in complaints(node))
    reasons = tuple(f"{reason} ({count} op{'s' if count > 1 else ''})" for reason, count in sorted(counts.items()))
    if reasons:
        return Check(NAME, Outcome.WARNING, f"{len(reasons)} rules broken: expect parts on CPU or GPU", reasons, True)
    return Check(NAME, Outcome.OK, "no rule broken", (), True)


def complaints(node: Node) -> list[str]:
    """Why the Neural Engine would leave `node` to the CPU or the GPU; empty when no rule says so."""
    found = []
    if len(node.shape) > RANK_MAX:
        found.append(f"{node.kind} has {len(node.shape)} axes; the engine works on {RANK_MAX}")
    if any(size > AXIS_MAX for size in node.shape):
        found.append(f"{node.kind} has an axis longer than {AXIS_MAX}")
    if node.dtype == "fp32":
        found.append(f"{node.kind} computes in fp32; the engine computes in fp16")
    if node.kind in NOT_TAKEN:
        found.append(f"{node.kind} is no op of the engine")
    return found
