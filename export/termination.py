"""SIGTERM as an exception, so that what is half done is cleaned up as after Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """Somebody has asked this process to end."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Within, the first SIGTERM raises `Terminated` in the main thread; a second one is left without effect.

    A signal that a library's own code holds up is raised once that returns to Python.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def raise_it(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, raise_it)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
