"""What the file itself says: ranks, element types, and int8 ops where its scheme promises them."""

from __future__ import annotations

from export.checks.check import Check, Outcome
from export.targets.facts import FileFacts
from export.targets.schemes import base_of

RANK = "ranks"
TYPES = "ops and types"
INT8 = "int8 ops"
RANK_MAX = 4
# Schemes that promise 8-bit arithmetic, and those of them that promise 8-bit activations, too.
EIGHT_BIT = ("dynamic8", "static8", "qat8", "w8a8")
EIGHT_BIT_ACTIVATIONS = ("static8", "qat8", "w8a8")


def checks(facts: FileFacts, scheme: str) -> list[Check]:
    """Ranks, ops and types, and for an 8-bit `scheme` whether the file keeps its word."""
    found = [ranks(facts), types(facts)]
    return [*found, int8(facts, scheme)] if base_of(scheme) in EIGHT_BIT else found


def ranks(facts: FileFacts) -> Check:
    """At most four axes: what the delegates and the Neural Engine work on."""
    outcome = Outcome.OK if facts.max_rank <= RANK_MAX else Outcome.WARNING
    return Check(RANK, outcome, f"tensors have at most {facts.max_rank} axes")


def types(facts: FileFacts) -> Check:
    """How many ops of which kind, and tensors of which type."""
    ops = ", ".join(
        f"{count} {kind}" for kind, count in sorted(facts.ops.items(), key=lambda item: (-item[1], item[0]))
    )
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(facts.dtypes.items()))
    return Check(TYPES, Outcome.OK, f"{sum(facts.ops.values())} ops of {len(facts.ops)} kinds", (ops, kinds))


def int8(facts: FileFacts, scheme: str) -> Check:
    """An "int8" file that computes in float is the commonest silent failure of converters."""
    counted = facts.int8_activation_ops if base_of(scheme) in EIGHT_BIT_ACTIVATIONS else facts.int8_ops
    summary = f"{counted} of {facts.linear_ops} matrix products and convolutions compute in 8 bits"
    return Check(INT8, Outcome.OK if counted else Outcome.FAIL, summary)
