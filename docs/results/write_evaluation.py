"""Put the figures of evaluations under the words of their page.

    python docs/results/write_evaluation.py docs/results/ham7-dev-evaluation.md build/ham7-evaluation \
        --also build/ham7-tta --also build/ham7-bundle

The page is kept as far as its figures; what follows is written anew. The words hold no figure, which a test checks:
they say where in the tables to look.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from train.evaluate.cautions import cautions
from train.evaluate.page.markdown import confusion, figures, summary_markdown

HEADING = "## Figures\n"
# Title and command of a summary, which the page has already.
HEAD_LINES = 4


def main() -> None:
    """Read, write, say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, help="a page whose words end before a line `## Figures`")
    parser.add_argument("evaluation", type=Path, help="folder that python -m train evaluate has written")
    parser.add_argument("--also", action="append", default=[], type=Path, help="another one, in short")
    options = parser.parse_args()
    words, found, _ = options.page.read_text(encoding="utf-8").partition(HEADING)
    if not found:
        parser.error(f"{options.page} has no line {HEADING!r}; write what it says first, then that line")
    text = "\n".join(summary_markdown(result_of(options.evaluation)).splitlines()[HEAD_LINES:])
    more = "".join(in_short(result_of(folder)) for folder in options.also)
    options.page.write_text(f"{words}{HEADING}{text}\n{more}", encoding="utf-8")
    print(options.page)


def result_of(folder: Path) -> dict[str, Any]:
    """What the evaluation in `folder` found."""
    return dict(json.loads((folder / "evaluation.json").read_text(encoding="utf-8")))


def in_short(result: dict[str, Any]) -> str:
    """The command of `result`, what to know before its figures, and its first two tables."""
    facts, subject = result["provenance"], result["subject"]
    lines = [
        f"\n## {subject['name']} on {result['data']['spec']}{', eight views' if result['tta'] else ''}", "",
        f"    {' '.join(facts['command'])}", "",
        *(f"- {line}" for line in cautions(result)), *([""] if cautions(result) else []),
        *figures(result), *confusion(result), f"Made {result['made']}, commit {facts['commit']}.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
