"""What float16 does to the numbers of a program, and a record of where it hurts.

Each op computes and sums in float32, and whatever the file types as float16 is rounded when the op ends. Core ML's
processors differ in how they sum inside an op (the CPU in float32, the Neural Engine in float16 for some), so this is
the file at its best: an overflow seen here is one everywhere. Sums that a mean hides are checked for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Precision = Literal["fp32", "fp16"]
HALF_MAX = 65504.0
HALF_SMALLEST_NORMAL = 2.0**-14
INFINITY_BITS, NORMAL_BITS = 0x7C00, 0x0400


@dataclass
class Finding:
    """What was seen at one op, over all photos so far; `largest` only where something overflowed."""

    op: str
    op_type: str
    elements: int = 0
    overflows: int = 0
    subnormals: int = 0
    largest: float = 0.0
    largest_sum: float = 0.0


class HalfRounding:
    """Rounds tensors to float16 and remembers overflows and subnormals: `findings` by output name."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}

    def __call__(self, value: Tensor, op: str, op_type: str) -> Tensor:
        """`value` rounded to float16, as float32."""
        finding = self.findings.setdefault(op, Finding(op, op_type))
        half = value.half()
        # Without their sign, the bits of float16 are in the order of the numbers: infinity and NaN come last. NumPy
        # compares integers ten times as fast as torch.
        bits = half.view(torch.int16).numpy() & 0x7FFF
        finding.elements += bits.size
        if bits.size and bits.max() >= INFINITY_BITS:
            finding.overflows += int(np.count_nonzero(bits >= INFINITY_BITS))
            finding.largest = math.nan if bool(value.isnan().any()) else max(finding.largest, float(value.abs().max()))
        finding.subnormals += int(np.count_nonzero(bits < NORMAL_BITS) - (bits.size - np.count_nonzero(bits)))
        return half.float()

    def note_sum(self, op: str, op_type: str, total: float) -> None:
        """Remember a sum inside an op that divides it again."""
        finding = self.findings.setdefault(op, Finding(op, op_type))
        finding.largest_sum = max(finding.largest_sum, abs(total))


def overflow_lines(findings: Mapping[str, Finding]) -> list[str]:
    """One line for each op whose numbers, or whose inner sum, float16 cannot hold; in the program's order."""
    lines = []
    for finding in findings.values():
        if finding.overflows:
            lines.append(
                f"{finding.op_type} {finding.op}: {finding.overflows} of {finding.elements} numbers overflow float16 "
                f"(largest {finding.largest:.4g}, limit {HALF_MAX:.0f})"
            )
        elif finding.largest_sum > HALF_MAX:
            lines.append(
                f"{finding.op_type} {finding.op}: overflows where it is summed in float16 "
                f"(sum {finding.largest_sum:.4g}, limit {HALF_MAX:.0f})"
            )
    return lines


def subnormal_lines(findings: Mapping[str, Finding], share: float = 0.01) -> list[str]:
    """One line for each op with at least `share` of its numbers below float16's normal range, worst first."""
    worst = sorted(findings.values(), key=lambda f: -f.subnormals / max(1, f.elements))
    return [
        f"{f.op_type} {f.op}: {f.subnormals / f.elements:.1%} of its numbers are below float16's normal range "
        f"({HALF_SMALLEST_NORMAL:.3g}); hardware may make them 0"
        for f in worst
        if f.elements and f.subnormals >= share * f.elements and f.subnormals
    ]
