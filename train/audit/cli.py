"""`python -m train audit`: copies, leaks, unreadable photos and counts of a data set, before anything is trained."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError
from train.files import refuse_unwritable

COPIES_MAX = 1000
EXIT_BAD, EXIT_WARNINGS = 3, 4


def parser() -> OneLineParser:
    """The options of an audit."""
    p = OneLineParser(
        prog="python -m train audit",
        description="Look for copies across splits, leaking groups, unreadable photos and thin classes.",
        epilog="Exit code: 0 for ok and warnings (4 with --strict), 3 for a leak and for data that training refuses, 2"
        " for data that cannot be opened.",
    )
    p.add_argument("--data", required=True, help="KIND:PATH, several joined by +, perhaps with @fold2of5")
    p.add_argument("--label-map", metavar="MAP", help="merge the data's classes: derm8, or a .toml file")
    p.add_argument("--out", type=Path, metavar="DIR", help="folder for audit.json and audit.md")
    p.add_argument("--seed", type=int, default=0, help="of the split that is looked at, as fit.seed of a run (0)")
    p.add_argument("--copies", type=int, default=0, metavar="N", help="spoil N photos and say how many are found (0)")
    p.add_argument("--strict", action="store_true", help="end with 4 when there are warnings")
    return p


def run(argv: list[str]) -> int:
    """One audit, printed, and written where --out says so."""
    options = parser().parse_args(argv[1:])
    from train.data.spec import parse_whole

    spec = parse_whole(options.data, options.label_map)
    check(options.out, options.seed, options.copies)
    from train.audit.examine import audit
    from train.audit.page import page

    began = time.monotonic()
    result = audit(spec, seed=options.seed, copies_count=options.copies, command=["python", "-m", "train", *argv])
    result["provenance"]["seconds"] = round(time.monotonic() - began, 1)
    text = page(result)
    if options.out is not None:
        write(options.out, result, text)
    print(text)
    print(f"verdict: {result['verdict']}" + (f"; {options.out / 'audit.md'}" if options.out else ""))
    return exit_code(result["verdict"], strict=options.strict)


def check(out: Path | None, seed: int, copies: int) -> None:
    """ConfigError for options that cannot work, before any photo is read."""
    if out is not None and out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out} is a file; name a folder")
    if out is not None:
        refuse_unwritable(out, "--out")
    if seed < 0:
        raise ConfigError(f"--seed is {seed}; allowed: 0 or more")
    if not 0 <= copies <= COPIES_MAX:
        raise ConfigError(f"--copies is {copies}; allowed: 0 to {COPIES_MAX} photos")


def write(out: Path, result: dict[str, Any], text: str) -> None:
    """audit.json and audit.md, each whole or not at all."""
    from train.checkpoint import write_text

    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "audit.json", json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    write_text(out / "audit.md", text)


def exit_code(verdict: str, *, strict: bool) -> int:
    """0, or what the verdict calls for."""
    if verdict in ("leak", "refused"):
        return EXIT_BAD
    return EXIT_WARNINGS if strict and verdict == "warnings" else 0
