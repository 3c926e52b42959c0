"""When to lock: after a time without a touch, 2 minutes unless the user chose another."""

from __future__ import annotations

from collections.abc import Callable

CHOICES_S = (60, 120, 300, 900)
DEFAULT_S = 120


class AutoLock:
    """Counts from the last touch on a monotonic clock; time asleep counts where the clock says so."""

    def __init__(self, clock: Callable[[], float], after_s: float = DEFAULT_S) -> None:
        self._clock, self.after_s = clock, after_s
        self._touched = clock()

    def touch(self) -> None:
        """The user did something."""
        self._touched = self._clock()

    @property
    def is_due(self) -> bool:
        """Whether to lock now."""
        return self._clock() - self._touched >= self.after_s
