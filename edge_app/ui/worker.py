"""Work off the UI thread, one piece at a time, each of which can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from kivy.clock import Clock

from edge_app.runtime.errors import DermedgeError


class Cancelled(Exception):
    """Raised inside a piece of work that was cancelled, at its next check."""


class Task:
    """One piece of work. `check` raises Cancelled once `cancel` was called; a cancelled task reports nothing."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop at the next check; results that come later are dropped."""
        self._cancelled.set()

    def check(self) -> None:
        """Between steps."""
        if self._cancelled.is_set():
            raise Cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()


Job = tuple[Task, Callable[[Task], Any], Callable[[Any], None], Callable[[Exception], None]]


class Worker:
    """One thread that runs jobs in order. `done` and `failed` are called on the UI thread."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="dermedge-worker", daemon=True)
        self._thread.start()

    def start(
        self, job: Callable[[Task], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> Task:
        """Run `job(task)` soon; then `done(result)`, or `failed(error)` for an error of the project or the disk."""
        task = Task()
        self._jobs.put((task, job, done, failed))
        return task

    def stop(self) -> None:
        """End the thread once its present job is done."""
        self._jobs.put(None)

    def _run(self) -> None:
        """The thread."""
        while (item := self._jobs.get()) is not None:
            run(*item)
            # While it waits for the next, nothing of this one may stay in memory.
            del item


def run(
    task: Task, job: Callable[[Task], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
) -> None:
    """One job, and what comes of it."""
    try:
        task.check()
        result = job(task)
    except Cancelled:
        return
    except (DermedgeError, OSError, MemoryError) as error:
        report(task, failed, error)
        return
    report(task, done, result)


def report(task: Task, call: Callable[[Any], None], value: Any) -> None:
    """Call on the UI thread, unless cancelled by then."""
    Clock.schedule_once(lambda _: None if task.is_cancelled else call(value), 0)
