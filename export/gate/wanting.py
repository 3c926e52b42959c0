"""How much a gate's photos say, and what an inconclusive gate lacks, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def wanting(gate: Mapping[str, Any]) -> list[str]:
    """One phrase for each number of photos that classes lack, and one for classes that photos alone do not settle."""
    rows = [row for row in gate["classes"] if row["verdict"] == "inconclusive"]
    by_count: dict[int, list[str]] = {}
    for row in rows:
        if row["photos_needed"]:
            by_count.setdefault(row["photos_needed"], []).append(row["label"])
    phrases = [f"{count} more of {together(codes, gate)}" for count, codes in sorted(by_count.items())]
    stuck = [row["label"] for row in rows if row["photos_needed"] is None]
    if stuck:
        phrases.append(f"photos alone would not settle {together(stuck, gate)} (its drop is not below its tolerance)")
    return phrases


def independent(photos: Mapping[str, Any]) -> str:
    """How many photos stand for themselves, from what gate.json says of them."""
    repeated = f"; {photos['repeated']} repeat others and add nothing" if photos["repeated"] else ""
    return f"{photos['clusters']} lesions or patients{repeated}"


def together(codes: Sequence[str], gate: Mapping[str, Any]) -> str:
    """Class codes in words."""
    if len(codes) == len(gate["classes"]):
        return "every class"
    return codes[0] if len(codes) == 1 else f"each of {', '.join(codes)}"
