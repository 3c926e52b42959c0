"""How data are cut: 70/15/15, fold 2 of 5, or the first of two 80/20 cuts; the test photos are the same in all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_app.runtime.errors import ConfigError

FOLDS = (2, 20)
REPEATS = (1, 100)
SPELLINGS = "fold2of5 (2 to 20 folds) or repeat1of2 (1 to 100 repetitions)"


@dataclass(frozen=True)
class Scheme:
    """`kind` is "" (70/15/15), "fold" or "repeat"; `number` of `count` is which of them, from 1."""

    kind: str = ""
    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.kind}{self.number}of{self.count}" if self.kind else ""

    @property
    def parts(self) -> int:
        """Parts that the photos besides the test ones are cut into."""
        return self.count if self.kind == "fold" else 2


def scheme_of(text: str) -> Scheme:
    """The scheme that `text` spells, "" being 70/15/15; ConfigError says what is allowed."""
    if not text:
        return Scheme()
    match = re.fullmatch(r"(fold|repeat)([0-9]{1,3})of([0-9]{1,3})", text)
    if match is None:
        raise ConfigError(f"split {text!r} is not understood; allowed: {SPELLINGS}")
    kind, number, count = match[1], int(match[2]), int(match[3])
    low, high = FOLDS if kind == "fold" else REPEATS
    if not low <= count <= high or not 1 <= number <= count:
        raise ConfigError(f"split {text!r} does not exist; allowed: {SPELLINGS}, counted from 1")
    return Scheme(kind, number, count)
