"""Progress of loops that take more than a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

from train.ranks import rank

Item = TypeVar("Item")


def track(items: Sequence[Item], what: str) -> Iterator[Item]:
    """`items` one by one, with a progress bar on standard error where that is a terminal."""
    console = Console(stderr=True)
    silent = not console.is_terminal or rank() != 0
    yield from rich_track(items, description=what, console=console, transient=True, disable=silent)


def say(line: str) -> None:
    """One line of the run's story on standard error, from the first of its processes."""
    if rank() != 0:
        return
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False).print(line)
