"""Progress of loops that take more than a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

Item = TypeVar("Item")


def track(items: Sequence[Item], what: str) -> Iterator[Item]:
    """`items` one by one, with a progress bar on standard error where that is a terminal."""
    console = Console(stderr=True)
    yield from rich_track(items, description=what, console=console, transient=True, disable=not console.is_terminal)


def say(line: str) -> None:
    """One line of the run's story on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False).print(line)
