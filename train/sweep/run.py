"""A sweep: every training of a grid, one after another or on Ray, then the tables."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConfigError
from train.checkpoint import write_text
from train.data.spec import without_folders
from train.models.create import refuse_missing
from train.progress import say
from train.provenance import provenance
from train.sweep.attempt import Work, attempt
from train.sweep.grid import Grid, Trial
from train.sweep.on_ray import attempts
from train.sweep.page import as_csv, as_html, as_markdown
from train.sweep.table import REPLICATES, Row, table_of
from train.sweep.trial import Answers, Bases, place_of, read_answers

NO_RAY = "none"


def run_trials(trials: list[Trial], work: Work, address: str) -> dict[str, str]:
    """Train what is not there yet, on Ray at `address` or ("none") here; {name: reason} of those that failed."""
    kept = [trial for trial in trials if place_of(trial, work.out).is_file()]
    rest = [trial for trial in trials if trial not in kept]
    if rest and work.init is not None and work.init != "none":
        refuse_missing(Path(work.init))
    try:
        work.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {work.out} cannot be written ({error}); name another folder") from error
    failed: dict[str, str] = {}
    started = time.monotonic()
    ended = chain(
        here(kept, work), here(rest, work) if address == NO_RAY or not rest else attempts(rest, work, address)
    )
    for number, (trial, reason) in enumerate(ended, start=1):
        if reason is not None:
            failed[trial.name] = reason
        say(f"{number}/{len(trials)} {trial.name}: {'failed' if reason else 'done'} "
            f"{time.monotonic() - started:.0f} s after the start")  # fmt: skip
    return failed


def here(trials: list[Trial], work: Work) -> Iterator[tuple[Trial, str | None]]:
    """Each trial, one after another in this process, and why it failed or None."""
    bases: Bases = {}
    return ((trial, attempt(trial, work, bases)) for trial in trials)


def write_tables(
    grid: Grid, trials: list[Trial], failed: dict[str, str], out: Path, *, command: list[str]
) -> list[Path]:
    """sweep.csv, sweep.md and sweep.html of the trainings that are there."""
    cells: dict[str, list[Answers]] = defaultdict(list)
    for trial in trials:
        if trial.name not in failed:
            cells[trial.cell].append(read_answers(place_of(trial, out)))
    codes = next(iter(cells.values()))[0].codes
    rows = table_of(cells, grid.baseline or next(iter(cells)))
    facts = facts_of(grid, rows, failed, command)
    written = {"sweep.csv": as_csv(rows, codes), "sweep.html": as_html(grid.title, rows, codes, facts)}
    written["sweep.md"] = f"# {grid.title}\n\n{as_markdown(rows, codes)}\n" + "".join(f"- {fact}\n" for fact in facts)
    for name, text in written.items():
        write_text(out / name, text)
    return [out / name for name in written]


def facts_of(grid: Grid, rows: list[Row], failed: dict[str, str], command: list[str]) -> list[str]:
    """What a reader has to know of the table."""
    facts: dict[str, Any] = provenance(command, "cpu")
    machine, versions = facts["machine"], facts["versions"]
    judged = {"val": "the last epoch, on validation photos, which chose nothing",
              "test": "the epoch that was best in validation, on test photos"}  # fmt: skip
    said = [
        f"recipe {grid.recipe}, seeds {', '.join(map(str, grid.seeds))}, cuts "
        f"{', '.join(cut or '70/15/15' for cut in grid.cuts)}",
        f"judged: {judged[grid.judge]}; means over the trainings of a cell",
        f"intervals: 95 %, {REPLICATES} resamplings of whole lesions or patients; they hold the seeds and cuts fixed; "
        "Wilson's for recalls whose hits or misses come from fewer than ten of them",
        f"command: {' '.join(placeless(command))}",
        f"trained at commit {', '.join(sorted({commit for row in rows for commit in row.commits}))}; tables at "
        f"{facts['commit']}, torch {versions['torch']}, timm {versions['timm']}, {machine['processor']}, "
        f"{machine['cores']} cores",
    ]
    return [*said, *(f"failed: {name}: {reason}" for name, reason in failed.items())]


def placeless(command: list[str]) -> list[str]:
    """The command without folders of the machine."""
    words = []
    for word in command:
        if ":" in word and not word.startswith("--"):
            word = without_folders(word)
        words.append(Path(word).name if "/" in word else word)
    return words
