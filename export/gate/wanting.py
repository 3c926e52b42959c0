"""How much a gate's photos say, and what an inconclusive gate lacks, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Gate = Mapping[str, Any]


def wanting(gate: Gate) -> list[str]:
    """One phrase for each number of photos that rows lack, and one for rows that photos alone do not settle.

    Of a tier nothing is said where what its classes lack suffices for it, and of the accuracy likewise.
    """
    by_count: dict[int, list[str]] = {}
    for row in undecided(gate["classes"]):
        if row["photos_needed"]:
            by_count.setdefault(row["photos_needed"], []).append(row["label"])
    phrases = [f"{count} more of {together(codes, gate)}" for count, codes in sorted(by_count.items())]
    phrases += [
        f"{row['photos_needed']} more of tier {row['tier']}" for row in undecided(gate["tiers"])
        if lack(row) > lack_of_classes(gate, row)
    ]  # fmt: skip
    overall = gate["accuracy"]
    if undecided([overall]) and lack(overall) > lack_of_tiers(gate):
        phrases.append(f"{overall['photos_needed']} more in all")
    if stuck := stuck_rows(gate):
        phrases.append(f"photos alone would not settle {stuck} (its drop is not below its tolerance)")
    return phrases


def photos_wanted(gate: Gate) -> int | None:
    """How many photos would settle every row, each counting for its class, tier and the accuracy; None: none would."""
    rows = [gate["accuracy"], *gate["classes"], *gate["tiers"]]
    if any(row["photos_needed"] is None for row in rows):
        return None
    return max(lack(gate["accuracy"]), lack_of_tiers(gate))


def undecided(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows that are inconclusive."""
    return [row for row in rows if row["verdict"] == "inconclusive"]


def lack(row: Mapping[str, Any]) -> int:
    """How many photos a row lacks; 0 where no number would do."""
    return row["photos_needed"] or 0


def lack_of_classes(gate: Gate, tier: Mapping[str, Any]) -> int:
    """How many photos the classes of a tier lack together."""
    return sum(lack(row) for row in gate["classes"] if row["tier"] == tier["tier"])


def lack_of_tiers(gate: Gate) -> int:
    """How many photos all tiers lack together, their classes included."""
    return sum(max(lack(tier), lack_of_classes(gate, tier)) for tier in gate["tiers"])


def stuck_rows(gate: Gate) -> str:
    """The rows that photos alone do not settle, in words; "" without any."""
    classes, tiers, overall = (
        [row for row in undecided(rows) if row["photos_needed"] is None]
        for rows in (gate["classes"], gate["tiers"], [gate["accuracy"]])
    )
    names = [together([row["label"] for row in classes], gate)] if classes else []
    return ", ".join([*names, *(f"tier {row['tier']}" for row in tiers), *("accuracy" for _ in overall)])


def independent(photos: Mapping[str, Any]) -> str:
    """How many photos stand for themselves, from what gate.json says of them."""
    repeated = f"; {photos['repeated']} repeat others and add nothing" if photos["repeated"] else ""
    return f"{photos['clusters']} lesions or patients{repeated}"


def together(codes: Sequence[str], gate: Mapping[str, Any]) -> str:
    """Class codes in words."""
    if len(codes) == len(gate["classes"]):
        return "every class"
    return codes[0] if len(codes) == 1 else f"each of {', '.join(codes)}"
