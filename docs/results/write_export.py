"""Run an export, and put what it took and what it chose for each target, and why, on a page.

    python docs/results/write_export.py OUT.md --title TITLE -- --target all --checkpoint FILE --out DIR ...

What stands behind `--` goes to export.py. Time, processor time and peak memory are those of its process, as the
operating system counts them. Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.options import Options, parse

TARGETS = ("target", "scheme", "MB", "agreement", "worst drop", "verdict", "why it was taken")
CANDIDATES = ("scheme", "MB", "p50 ms", "photos", "agreement", "worst drop", "risk", "verdict", "why")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a process took, in seconds and bytes; `load` is the machine's as it ended."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    load: float


def main() -> None:
    """Run, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--title", required=True)
    parser.add_argument("export", nargs="+", help="arguments of export.py, behind --")
    chosen = parser.parse_args()
    options = parse(chosen.export, "export.py")
    cost = measured([sys.executable, "export.py", *chosen.export])
    chosen.out.write_text("\n".join(page(chosen.title, chosen.export, options, cost)) + "\n", encoding="utf-8")
    print(chosen.out)


def measured(command: Sequence[str]) -> Cost:
    """Run `command` to its end; CalledProcessError where nothing came of it (3 and 4 are verdicts)."""
    start = time.monotonic()
    done = subprocess.run(command, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 3, 4):
        raise subprocess.CalledProcessError(done.returncode, command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Linux counts kilobytes.
    return Cost(
        seconds=seconds, processor_seconds=used.ru_utime + used.ru_stime, peak_bytes=1024 * used.ru_maxrss,
        load=os.getloadavg()[0],
    )  # fmt: skip


def page(title: str, arguments: Sequence[str], options: Options, cost: Cost) -> list[str]:
    """The page's lines."""
    found = {name: read(options.out_of(name)) for name in options.targets}
    gate, card = next(iter(found.values()))
    parts = [part for name, (gate, _) in found.items() for part in candidates(name, gate)]
    return [
        f"# {title}",
        "",
        f"    DERMEDGE_DATA=DATA python export.py {' '.join(arguments)}",
        "",
        "Run, measured and written by `docs/results/write_export.py`.",
        "",
        f"{card['name']} ({card['arch']}, {card['fit']['side_px']} px), {gate['photos']['count']} gate photos of"
        f" `{gate['photos']['data']}`: **{cost.seconds:.0f} s** from the command to the last bundle,"
        f" {cost.processor_seconds:.0f} s of processor time, peak memory **{cost.peak_bytes / 1e9:.2f} GB**"
        f" ({os.cpu_count()} cores, {options.threads} threads for the runtime; load of the machine at the end"
        f" {cost.load:.1f}).",
        "",
        *table(TARGETS, (summary(name, gate) for name, (gate, _) in found.items())),
        *parts,
        "",
        f"- checkpoint SHA-256: {card['checkpoint_sha256']}",
        f"- training data: {card['training_data']} ({card['licence']})",
        *(f"- {name}: {value}" for name, value in card["provenance"].items()),
        f"- system: {platform.system()} {platform.machine()}",
        *(f"- versions, {name}: {versions(card)}" for name, (_, card) in found.items()),
    ]


def read(bundle: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Gate and card of a bundle, or of the candidate that the gate rejected."""
    place = bundle if (bundle / "gate.json").is_file() else bundle.parent / "rejected" / bundle.name
    gate, card = (json.loads((place / name).read_text("utf-8")) for name in ("gate.json", "card.json"))
    return gate, card


def versions(card: dict[str, Any]) -> str:
    """The tools of one target."""
    return " ".join(f"{name} {version}" for name, version in card["tools"].items())


def summary(target: str, gate: dict[str, Any]) -> list[str]:
    """One target: what was taken, what the gate said of it, why."""
    worst = max((row for row in gate["classes"] if row["drop"] is not None), key=lambda row: row["drop"])
    why = next((row["why"] for row in gate["candidates"] if row["chosen"]), "")
    return [
        target, f"**{gate['scheme']}**", f"{gate['size_bytes'] / 1e6:.2f}", percent(gate["agreement"]),
        f"{percent(worst['drop'])} {worst['label']}", gate["verdict"], why,
    ]  # fmt: skip


def candidates(target: str, gate: dict[str, Any]) -> list[str]:
    """The target's ladder on the selection photos."""
    return ["", f"## {target}, on the selection photos", "", *table(CANDIDATES, map(cells, gate["candidates"]))]


def cells(row: dict[str, Any]) -> list[str]:
    """One candidate; what was not measured stays empty."""
    worst = "" if row["worst_class"] is None else f"{percent(row['worst_recall_drop'])} {row['worst_class']}"
    return [
        f"**{row['scheme']}**" if row["chosen"] else row["scheme"],
        "" if row["size_bytes"] is None else f"{row['size_bytes'] / 1e6:.2f}",
        "" if row["p50_ms"] is None else f"{row['p50_ms']:.1f}",
        "" if row["photos"] is None else str(row["photos"]),
        percent(row["agreement"]), worst, "" if row["risk"] is None else f"{row['risk']:.0%}", row["verdict"] or "",
        row["why"],
    ]  # fmt: skip


def percent(share: float | None) -> str:
    """A share with one decimal; "" for none."""
    return "" if share is None else f"{share * 100:.1f} %"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *(f"| {' | '.join(row)} |" for row in rows)]


if __name__ == "__main__":
    main()
