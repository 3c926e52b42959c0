"""What pooling the folds of a cross-validation gains over one test list, class by class.

    python docs/results/write_pool.py OUT.md --trained "command of fold N" --from BUNDLE "the command that made it"...

BUNDLE is a bundle or a rejected candidate of an export with `--gate-data run@folds`. Its shipped file answered for
`run@test`, too, where its scheme was chosen: the list that an ordinary gate of one run would have. Nothing is typed in
by hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.gate.bound import drop_upper_bound

HEADS = ("class", "photos", "lost, gained", "bound", "allowed", "photos, pooled", "lost, gained", "bound", "verdict")
NOTE = """\
*photos, lost, gained, bound* on the left: the shipped file on `run@test`, the list that a gate of one run has; on the
right: all files, each on the fold that its run did not train on. The bound is the one-sided 95 % upper limit of the
drop in recall; a class passes where it is within what is allowed. With nothing lost or gained, 155 photos prove 2 %."""


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trained", required=True, help="the command that trained a fold")
    parser.add_argument(
        "--from", nargs=2, action="append", required=True, dest="sources", metavar=("BUNDLE", "COMMAND")
    )
    options = parser.parse_args()
    sources = [(Path(bundle), command) for bundle, command in options.sources]
    lines = ["# One test list, and the folds of a cross-validation pooled", "", f"    {options.trained}"]
    for command in dict.fromkeys(command for _, command in sources):
        lines += [f"    {command}"]
    lines += ["", NOTE]
    for bundle, _ in sources:
        gate, card = (json.loads((bundle / name).read_text(encoding="utf-8")) for name in ("gate.json", "card.json"))
        lines += section(gate, card)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(options.out)


def section(gate: Mapping[str, Any], card: Mapping[str, Any]) -> list[str]:
    """One target's table, its folds, where it comes from."""
    alone = next(row for row in gate["candidates"] if row["chosen"])
    pairs = list(zip(alone["classes"], gate["classes"], strict=True))
    folds = gate["pooled"]["folds"]
    proved = [sum(bound(one) <= both["tolerance"] for one, both in pairs), sum(passed(both) for _, both in pairs)]
    return [
        "",
        f"## {card['arch']} ({card['fit']['side_px']} px), {gate['target']} {gate['scheme']}",
        "",
        f"| {' | '.join(HEADS)} |",
        "|---|" + "---:|" * (len(HEADS) - 2) + "---|",
        *(f"| {' | '.join(cells(one, both))} |" for one, both in pairs),
        "",
        f"On one list of {alone['photos']} photos {proved[0]} of {len(pairs)} classes pass, on the folds'"
        f" {gate['photos']['count']} photos {proved[1]}. The pooled gate says **{gate['verdict']}**.",
        "",
        *(f"- fold {fold['fold']} of {fold['of']}: {fold['photos']} photos, {fold['agreement']:.2%} of answers as"
          f" before, alone {fold['verdict']}{', shipped' if fold['shipped'] else ''}" for fold in folds),
        f"- training data: {card['training_data']} ({card['licence']})",
        *(f"- {name}: {value}" for name, value in card["provenance"].items()),
        f"- {' '.join(f'{name} {version}' for name, version in card['tools'].items())}",
    ]  # fmt: skip


def cells(alone: Mapping[str, Any], pooled: Mapping[str, Any]) -> list[str]:
    """One class."""
    return [
        f"`{alone['label']}`", str(alone["support"]), f"{alone['lost']}, {alone['gained']}", percent(bound(alone)),
        percent(pooled["tolerance"]), str(pooled["support"]), f"{pooled['lost']}, {pooled['gained']}",
        percent(pooled["drop_upper_95"]), pooled["verdict"],
    ]  # fmt: skip


def bound(row: Mapping[str, Any]) -> float:
    """What one list proves; its photos are of one lesion each, so that none counts less than another."""
    return drop_upper_bound(row["lost"], row["gained"], row["support"])


def passed(row: Mapping[str, Any]) -> bool:
    """Whether the gate lets the class pass."""
    return bool(row["verdict"] == "pass")


def percent(share: float) -> str:
    """A share with one decimal."""
    return f"{share * 100:.1f} %"


if __name__ == "__main__":
    main()
