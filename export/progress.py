"""What the user sees while the export works: bars and lines on standard error, nothing when it is piped away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from train.progress import say, track

__all__ = ["say", "step", "track"]


@contextmanager
def step(what: str) -> Iterator[None]:
    """A spinner called `what` for work that cannot say how far it is; a plain line where there is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        say(f"{what} ...")
        yield
        return
    with console.status(what):
        yield
