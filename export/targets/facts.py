"""What can be read off a model file without running it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TensorFacts:
    """One input or output."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """Shape and content of one file.

    `ops` counts operators by name, `dtypes` tensors by element type. `linear_ops` are the matrix products and
    convolutions, `int8_ops` those of them that compute with 8-bit weights, `int8_activation_ops` those of these whose
    input is 8-bit, too.
    """

    max_rank: int
    ops: dict[str, int]
    dtypes: dict[str, int]
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    linear_ops: int
    int8_ops: int
    int8_activation_ops: int
    size_bytes: int
