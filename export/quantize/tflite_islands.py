"""Which operators of a static 8-bit file compute in 8 bits; all others stay float islands.

The rules, and why in this order:
1. every matrix product and convolution with constant weights: that is where the time goes;
2. less those that 8 bits hurt and speed does not need: logits of a softmax (256 tokens at 1/256 each are one step),
   products over a handful of rows (a pooled context), whatever makes an output of the model;
3. SiLU after an 8-bit map: a table look-up, and the largest float passes of the early stages;
4. additions, pools and clamps between 8-bit maps, unless a norm or a softmax reads the sum: a residual stream that is
   normalised again and again keeps its precision. Last, since it looks at what the first three chose.
"""

from __future__ import annotations

from collections.abc import Collection

from export.quantize.tflite_graph import Graph

LINEAR_OPS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})
FEW_ROWS = 4
PASSIVE_OPS = frozenset(
    {"ADD", "MUL", "RELU", "HARD_SWISH", "PAD", "MAX_POOL_2D", "AVERAGE_POOL_2D", "CONCATENATION", "LOGISTIC", "MEAN"}
)


def eight_bit_ops(graph: Graph, floats: Collection[int] = ()) -> set[int]:
    """Numbers of the operators that compute in 8 bits; the products and convolutions of `floats` stay float, too."""
    chosen = set(sturdy_ops(graph)).difference(floats)
    chosen |= silu_ops(graph, chosen)
    chosen |= leading_pads(graph, chosen)
    return chosen | passive_ops(graph, chosen)


def sturdy_ops(graph: Graph) -> list[int]:
    """Rules 1 and 2: products and convolutions that may compute in 8 bits, in the order of the file."""
    return [op for op in linear_ops(graph) if not is_delicate(graph, op)]


def linear_ops(graph: Graph) -> list[int]:
    """Products and convolutions with constant weights."""
    return [op for op, name in enumerate(graph.ops) if name in LINEAR_OPS and graph.is_constant(graph.inputs(op)[1])]


def is_delicate(graph: Graph, op: int) -> bool:
    """Rule 2."""
    made = graph.output(op)
    rows = 1
    for size in graph.shape(made)[:-1]:
        rows *= size
    readers = {graph.ops[reader] for reader in graph.past_shapes(graph.users(op))}
    return graph.is_output(made) or rows <= FEW_ROWS or "SOFTMAX" in readers


def silu_ops(graph: Graph, chosen: set[int]) -> set[int]:
    """Rule 3: LOGISTIC and MUL of x * sigmoid(x) where x comes from an operator in `chosen`."""
    found = set()
    for op, name in enumerate(graph.ops):
        if name != "LOGISTIC":
            continue
        given = graph.inputs(op)[0]
        products = [user for user in graph.users(op) if graph.ops[user] == "MUL" and given in graph.inputs(user)]
        if products and graph.made_by.get(given) in chosen:
            found |= {op, *products}
    return found


def leading_pads(graph: Graph, chosen: set[int]) -> set[int]:
    """Zero padding in front of 8-bit convolutions: quarter the bytes, and one thing with the convolution in XNNPACK."""
    pads = [op for op, name in enumerate(graph.ops) if name == "PAD"]
    return {op for op in pads if graph.users(op) and set(graph.users(op)) <= chosen}


def passive_ops(graph: Graph, chosen: set[int]) -> set[int]:
    """Rule 4, repeated until nothing is added."""
    found: set[int] = set()
    while True:
        more = {
            op
            for op, name in enumerate(graph.ops)
            if name in PASSIVE_OPS and op not in chosen | found and joins(graph, op, chosen | found)
        }
        if not more:
            return found
        found |= more


def joins(graph: Graph, op: int, chosen: set[int]) -> bool:
    """Whether everything that `op` reads is made in 8 bits, and nobody who reads its answer normalises it."""
    if graph.ops[op] == "MEAN" and not is_spatial(graph, op):
        return False
    if not all(graph.made_by.get(tensor) in chosen for tensor in graph.activations(op)):
        return False
    if graph.is_output(graph.output(op)):
        return False
    return not any(normalises(graph, reader) for reader in graph.past_shapes(graph.users(op)))


def normalises(graph: Graph, op: int) -> bool:
    """Whether `op` belongs to a norm or a softmax."""
    name = graph.ops[op]
    return name in ("SOFTMAX", "SUB", "SQUARED_DIFFERENCE", "RSQRT") or (name == "MEAN" and not is_spatial(graph, op))


def is_spatial(graph: Graph, op: int) -> bool:
    """Whether a MEAN is pooling over height and width of `[1, H, W, C]`."""
    return len(graph.shape(graph.inputs(op)[0])) == 4 and set(graph.axes(op)) == {1, 2}
