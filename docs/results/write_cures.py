"""What every scheme and every cure does to every class, from the candidates of an export with --full.

    python docs/results/write_cures.py OUT.md --from BUNDLE "the command that made it" [--from BUNDLE "command"]...

BUNDLE is a bundle or a rejected candidate: a folder with gate.json and card.json. The first is the page; each further
one (another target, training for 8 bits) is a table of its own below. Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NOTE = (
    "On the selection photos (validation), on which schemes and cures are chosen; the gate's photos saw only the one"
    " that was taken. Each class has recall in per cent and, in brackets, photos lost and gained against the float"
    " model. Times are left out: other work ran on the machine."
)
NAMES = (
    "`percentile`: ranges without the smallest and largest 0.01 % of what calibration photos showed, in place of those"
    " with the least squared error. `smooth N`: SmoothQuant with N %. `bias`: bias correction. `mixed N`:"
    " the N of 16 stretches of the network that are most to blame stay in float. A cure that does more damage to the"
    " logits is not built on."
)


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--from", nargs=2, action="append", required=True, dest="sources", metavar=("BUNDLE", "COMMAND")
    )
    options = parser.parse_args()
    sources = [(*read(Path(bundle)), command) for bundle, command in options.sources]
    lines = page(*sources[0])
    for gate, card, command in sources[1:]:
        lines += further(gate, card, command)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(options.out)


def read(bundle: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bundle's gate and card."""
    gate, card = (json.loads((bundle / name).read_text("utf-8")) for name in ("gate.json", "card.json"))
    return gate, card


def page(gate: dict[str, Any], card: dict[str, Any], command: str) -> list[str]:
    """The page's lines."""
    halves = gate.get("calibration")
    return [
        f"# Schemes and cures, class by class: {card['name']} ({card['fit']['side_px']} px), {gate['target']}",
        "",
        f"    {command}",
        "",
        NOTE,
        "",
        *candidates(gate),
        "",
        NAMES,
        "",
        "Why each was taken or not:",
        "",
        *(f"- {row['scheme']}: {row['why'].partition('; SLOWER')[0]}" for row in gate["candidates"]),
        "",
        *([f"Calibration halves: steps differ by a factor of {halves['median_step_ratio']:.3f} in the median tensor, of"
           f" {halves['worst_step_ratio']:.2f} in the worst of {halves['tensors']}."] if halves else []),
        said(gate),
        "",
        f"- checkpoint SHA-256: {card['checkpoint_sha256']}",
        f"- training data: {card['training_data']} ({card['licence']})",
        *(f"- {name}: {value}" for name, value in card["provenance"].items()),
        f"- versions: {' '.join(f'{name} {version}' for name, version in card['tools'].items())}",
    ]  # fmt: skip


def further(gate: dict[str, Any], card: dict[str, Any], command: str) -> list[str]:
    """The lines of another bundle."""
    return [
        "",
        f"## {gate['scheme']}, {gate['target']}",
        "",
        f"    {command}",
        "",
        *candidates(gate),
        "",
        *(f"- {row['scheme']}: {row['why'].partition('; SLOWER')[0]}" for row in gate["candidates"]),
        "",
        said(gate),
        "",
        f"- commit: {card['provenance'].get('commit')}",
        f"- versions: {' '.join(f'{name} {version}' for name, version in card['tools'].items())}",
    ]


def candidates(gate: dict[str, Any]) -> list[str]:
    """A table of the candidates that were tried."""
    tried = [row for row in gate["candidates"] if row["classes"]]
    classes = [f"`{one['label']}` ({one['support']})" for one in tried[0]["classes"]]
    return table(("scheme", "MB", "agreement", *classes), map(cells, tried))


def said(gate: dict[str, Any]) -> str:
    """What the gate said of the one that was taken."""
    return (
        f"The gate then said **{gate['verdict']}** of {gate['scheme']} on {gate['photos']['count']} photos of"
        f" `{gate['photos']['data']}`: {outcome(gate)}."
    )


def outcome(gate: dict[str, Any]) -> str:
    """Classes that lost or gained photos at the gate."""
    moved = [row for row in gate["classes"] if row["lost"] or row["gained"]]
    told = [f"`{row['label']}` lost {row['lost']} and gained {row['gained']} of {row['support']}" for row in moved]
    return "; ".join(told) or "no answer changed from right to wrong or back"


def cells(row: dict[str, Any]) -> list[str]:
    """One candidate."""
    name = f"**{row['scheme']}** (taken)" if row["chosen"] else row["scheme"]
    figures = [f"{row['size_bytes'] / 1e6:.2f}", f"{row['agreement'] * 100:.2f} %"]
    recalls = [
        f"{one['recall'] * 100:.1f}" + (f" (-{one['lost']} +{one['gained']})" if one["lost"] or one["gained"] else "")
        for one in row["classes"]
    ]
    return [name, *figures, *recalls]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, figures to the right."""
    return [
        f"| {' | '.join(heads)} |",
        "|---|" + "---:|" * (len(heads) - 1),
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


if __name__ == "__main__":
    main()
