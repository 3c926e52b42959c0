"""How much of a .tflite file XNNPACK takes, and in how many pieces: measured on the loaded interpreter.

Each piece ("partition") hands its tensors back to TensorFlow Lite; many small ones are slow, and a rank above 4 or an
unsupported op is what makes them. The interpreter lists the file's nodes, then one DELEGATE node a partition with
the tensors at its border; the nodes inside are those met walking back from its outputs to its inputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.runtime.backends.tflite import load_runtime
from export.checks.check import Check, Outcome

NAME = "XNNPACK delegate"
DELEGATE = "DELEGATE"


@dataclass(frozen=True)
class Node:
    """One node of the interpreter's graph with the indices of its tensors."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Delegation:
    """`taken` of `nodes` nodes run in `partitions` pieces; `left` counts the kinds that do not."""

    nodes: int
    taken: int
    partitions: int
    left: dict[str, int]


def measure(model: Path, threads: int = 1) -> Delegation:
    """Load a .tflite file with its default delegate and see what that took."""
    interpreter_class, _ = load_runtime()
    interpreter = interpreter_class(model_path=str(model), num_threads=threads)
    interpreter.allocate_tensors()
    return delegation([node_of(details) for details in interpreter._get_ops_details()])


def node_of(details: dict[str, Any]) -> Node:
    """A Node from the interpreter's description of one."""
    return Node(details["op_name"], tuple(map(int, details["inputs"])), tuple(map(int, details["outputs"])))


def delegation(nodes: Sequence[Node]) -> Delegation:
    """Which of the file's own `nodes` the DELEGATE nodes among them replace."""
    own = [node for node in nodes if node.kind != DELEGATE]
    partitions = [node for node in nodes if node.kind == DELEGATE]
    taken = set().union(*(inside(partition, own) for partition in partitions)) if partitions else set()
    left = Counter(node.kind for index, node in enumerate(own) if index not in taken)
    return Delegation(len(own), len(taken), len(partitions), dict(left.most_common()))


def inside(partition: Node, own: Sequence[Node]) -> set[int]:
    """Indices of the nodes between a partition's outputs and its inputs."""
    maker = {tensor: index for index, node in enumerate(own) for tensor in node.outputs}
    border, found, waiting = set(partition.inputs), set[int](), list(partition.outputs)
    while waiting:
        index = maker.get(waiting.pop())
        if index is not None and index not in found:
            found.add(index)
            waiting.extend(tensor for tensor in own[index].inputs if tensor not in border)
    return found


def check(model: Path) -> Check:
    """OK when one partition takes every node."""
    return judge(measure(model))


def judge(found: Delegation) -> Check:
    """A Check from what was measured."""
    pieces = f"{found.partitions} partition{'' if found.partitions == 1 else 's'}"
    summary = f"takes {found.taken} of {found.nodes} nodes in {pieces}"
    whole = found.taken == found.nodes and found.partitions == 1
    return Check(NAME, Outcome.OK if whole else Outcome.WARNING, summary, tuple(left_out(found.left.items())))


def left_out(kinds: Iterable[tuple[str, int]]) -> Iterable[str]:
    """A line for each kind of node that TensorFlow Lite's own kernels run."""
    return (f"{kind} is left to TensorFlow Lite ({count} nodes)" for kind, count in kinds)
