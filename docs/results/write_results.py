"""Turn what a command left behind into a page of docs/results.

    python docs/results/write_results.py gate BUNDLE OUT.md [--command "the command that made it"]
    python docs/results/write_results.py rows ROWS.jsonl OUT.md
    python docs/results/write_results.py files FILES.jsonl OUT.md
    python docs/results/write_results.py app ROWS.jsonl OUT.md
    python docs/results/write_results.py photos ANSWERS.csv OUT.md [--command "the command that made it"]
    python docs/results/write_results.py tests JUNIT.xml OUT.md --command "the pytest command that made it"

`gate` takes the tables of a bundle's gate.json, `rows` the figures of benchmark rows, `files` those of `python -m
benchmarks files`, `app` those of `python -m benchmarks app`, one bundle after the other in one file, `photos` the
answers of `python -m edge_app predict` for photos whose names end in their true class, `tests` what pytest's
`--junitxml` says of a run. Nothing is typed in by hand.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.app_command import GOALS
from benchmarks.rows import read_rows
from benchmarks.tables import file_figures, short_backend
from edge_app.runtime.timing import BenchmarkRow

# The issue gives the app's tests five minutes.
TESTS_GOAL_S, SLOWEST = 300, 5
SHARES = ("recall_float", "recall_exported", "drop", "drop_upper_95", "tolerance")
CLASS_COLUMNS = ("", "photos", "before", "after", "drop", "95 % bound", "allowed", "verdict")
CANDIDATE_COLUMNS = ("scheme", "MB", "p50 ms", "agreement", "accuracy", "worst drop", "verdict")
FILE_COLUMNS = (
    "file", "runs as", "MB", "rank", "ops", "partitions", "photos", "max diff", "diff rms", "same label", "s a photo",
)  # fmt: skip
FILES_LEGEND = (
    "*rank*: of the tensor with most axes. *partitions*: pieces in which XNNPACK takes the file (measured). *max",
    "diff*: largest difference of a logit to torch; *diff rms*: root mean square of the differences over that of",
    "torch's logits. *same label*: photos with torch's answer. *s a photo*: of this run, on a shared machine: no",
    "latency. Photos are class-balanced. CoreML files run in the project's executor: semantics of the file, not the",
    "Neural Engine's kernels; in fp16 as the gate judges them, in fp32 to tell what rounding alone costs.",
)


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("gate", "rows", "files", "app", "photos", "tests"))
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--command", default="", help="the command that made it")
    options = parser.parse_args()
    pages = {"rows": rows_page, "files": files_page, "app": app_page}
    told = {"gate": gate_page, "photos": photos_page, "tests": tests_page}
    made = options.kind in told
    lines = told[options.kind](options.source, options.command) if made else pages[options.kind](options.source)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(options.out)


def gate_page(bundle: Path, command: str) -> list[str]:
    """A bundle's gate: classes, tiers, accuracy, candidates, where it comes from."""
    gate, card = (json.loads((bundle / name).read_text(encoding="utf-8")) for name in ("gate.json", "card.json"))
    accuracy = {**gate["accuracy"], "recall_float": gate["accuracy"]["float"]}
    accuracy["recall_exported"] = gate["accuracy"]["exported"]
    judged = [(f"`{row['label']}`", row) for row in gate["classes"]]
    judged += [(f"tier {row['tier']}", row) for row in gate["tiers"]] + [("**accuracy**", accuracy)]
    summary = (
        f"Verdict **{gate['verdict']}** on {gate['photos']['count']} photos of `{gate['photos']['data']}`"
        f" ({gate['photos']['clusters']} lesions or patients): {gate['target']} {gate['scheme']},"
        f" {gate['size_bytes'] / 1e6:.2f} MB; the same label as the float model for {gate['agreement']:.2%} of the"
        f" photos, largest difference of a logit {gate['max_logit_difference']:.4g}."
    )
    cells = ([name, row["support"], *map(percent, picked(row)), row["verdict"]] for name, row in judged)
    return [
        f"# The gate's table: {card['name']} ({card['arch']}, {card['fit']['side_px']} px), {card['target']}",
        *(["", f"    {command}"] if command else []),
        "",
        summary,
        "",
        *table(CLASS_COLUMNS, cells),
        "",
        "Candidates, on the selection photos:",
        "",
        *table(CANDIDATE_COLUMNS, map(candidate_cells, gate["candidates"])),
        "",
        *origin({"checkpoint SHA-256": card["checkpoint_sha256"], "training data": card["training_data"],
                 "licence": card["licence"], "made": card["created"], **card["provenance"], "versions": card["tools"]}),
    ]  # fmt: skip


def rows_page(path: Path) -> list[str]:
    """Benchmark rows: one column for each, one line for each figure."""
    rows = read_rows(path)
    names = sorted({name for row in rows for name in row.metrics})
    titles = [f"{row.model} {row.target} {row.scheme}, {row.backend}" for row in rows]
    figures = ([name, *(figure(row.metrics.get(name, math.nan)) for row in rows)] for name in names)
    origins = origin(facts_of(rows[0]))
    return [f"# Benchmark: {rows[0].benchmark}", "", *table(("figure", *titles), figures), "", *origins]


def app_page(path: Path) -> list[str]:
    """The app's figures: one column for each bundle, the goal beside them, met or not."""
    rows = read_rows(path)
    titles = [f"{row.model} {row.scheme}" for row in rows]
    lines = []
    for name in rows[0].metrics:
        goal = GOALS.get(name)
        met = all(row.metrics[name] < goal for row in rows) if goal is not None else False
        cells = [figure(row.metrics[name]) for row in rows]
        lines.append(
            [name, *cells, "" if goal is None else f"under {goal:g}", "yes" if met else "" if goal is None else "no"]
        )
    says = "`python -m benchmarks app`, for each bundle in a fresh process under Xvfb, software rendering."
    parts = [part for row in rows for part in ("", f"## {row.model} {row.scheme}", "", *origin(facts_of(row)))]
    return ["# The app", "", says, "", *table(("figure", *titles, "goal", "met by all"), lines), *parts]


def photos_page(path: Path, command: str) -> list[str]:
    """How many photos of each true class got which answer, without their names."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter((truth(row["file"]), row["verdict"], row["best_label"]) for row in rows)
    cells = [[*answer, count] for answer, count in sorted(counts.items())]
    reasons = [f"- abstained: {row['reason']}" for row in rows if row["reason"]]
    columns = ("class in the data set", "verdict", "best label", "photos")
    lines = [f"# `predict` on {len(rows)} photos", *(["", f"    {command}"] if command else [])]
    return [*lines, "", *table(columns, cells), *(["", *reasons] if reasons else [])]


def tests_page(path: Path, command: str) -> list[str]:
    """How many tests of a run passed, how long all of them took, and which took longest."""
    suite = ElementTree.parse(path).getroot().find("testsuite")
    if suite is None:
        raise SystemExit(f"{path} holds no test suite; write it with pytest --junitxml")
    seconds = float(suite.attrib["time"])
    counts = [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")]
    slowest = sorted(suite.iter("testcase"), key=lambda one: -float(one.attrib["time"]))[:SLOWEST]
    goal = [f"{seconds:.0f}", str(TESTS_GOAL_S), "yes" if seconds < TESTS_GOAL_S else "no"]
    slow = [[one.attrib["name"], f"{float(one.attrib['time']):.1f}"] for one in slowest]
    return [
        "# The app's tests under Xvfb", "", f"    {command}", "",
        *table(("tests", "failed", "errors", "skipped", "seconds", "goal", "met"), [[*counts, *goal]]), "",
        *table(("the slowest", "seconds"), slow),
        "", f"- measured: {suite.attrib['timestamp'][:19]}",
    ]  # fmt: skip


def truth(name: str) -> str:
    """The true class of `PAT_1_2_3_BCC.jpg`: bcc."""
    return Path(name).stem.rsplit("_", 1)[-1].lower()


def facts_of(row: BenchmarkRow) -> dict[str, Any]:
    """Where a row comes from."""
    return {"threads": row.threads, "measured": row.created, **row.machine, **row.provenance}


def files_page(path: Path) -> list[str]:
    """Files of checkpoints: a table for each checkpoint, one line for each file and what ran it."""
    rows = read_rows(path)
    lines = ["# Every target and scheme against torch", "", f"    {rows[0].provenance['command']}", "", *FILES_LEGEND]
    for model in dict.fromkeys(row.model for row in rows):
        mine = [row for row in rows if row.model == model]
        lines += ["", f"## {model}", "", *table(FILE_COLUMNS, map(file_cells, mine)), "", *origin(mine[0].provenance)]
    return [*lines, *origin({"threads": rows[0].threads, "measured": rows[0].created, **rows[0].machine})]


def file_cells(row: BenchmarkRow) -> list[str]:
    """One file in one runtime."""
    return [f"{row.target} {row.scheme}", short_backend(row.backend), *file_figures(row.metrics)]


def picked(row: dict[str, Any]) -> list[float]:
    """Shares of one class, in the order of the columns."""
    return [row[name] for name in SHARES]


def candidate_cells(row: dict[str, Any]) -> list[str]:
    """One scheme; figures that were not measured stay empty."""
    size = f"{row['size_bytes'] / 1e6:.2f}" if row.get("size_bytes") else ""
    time = f"{row['p50_ms']:.1f}" if row.get("p50_ms") else ""
    shares = [
        percent(row[name]) if row.get(name) is not None else ""
        for name in ("agreement", "accuracy", "worst_recall_drop")
    ]
    chosen = " (chosen)" if row.get("chosen") else ""
    return [row["scheme"] + chosen, size, time, *shares, str(row.get("verdict") or row.get("why", ""))]


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, figures to the right."""
    head = [f"| {' | '.join(columns)} |", "|" + "---|" + "---:|" * (len(columns) - 1)]
    return head + [f"| {' | '.join(map(str, row))} |" for row in rows]


def origin(facts: dict[str, Any]) -> list[str]:
    """Where it comes from, one line each."""
    shown = {
        name: " ".join(f"{k} {v}" for k, v in fact.items()) if isinstance(fact, dict) else fact
        for name, fact in facts.items()
    }
    return [
        f"- {name}: {', '.join(map(str, fact)) if isinstance(fact, list) else fact}"
        for name, fact in shown.items()
        if fact != ""
    ]


def figure(value: float) -> str:
    """Whole numbers whole, others with four digits."""
    return f"{value:.0f}" if math.isfinite(value) and value == round(value) else f"{value:.4g}"


def percent(share: float) -> str:
    """0.0712 as `7.12 %`."""
    return f"{100 * share:.2f} %"


if __name__ == "__main__":
    main()
