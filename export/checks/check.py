"""What a static check says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """`unknown`: the tool that would tell is not installed, or cannot run here."""

    OK = "ok"
    WARNING = "warning"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One finding: `summary` is a line, `reasons` what it rests on. `heuristic` ones are rules of thumb."""

    name: str
    outcome: Outcome
    summary: str
    reasons: tuple[str, ...] = ()
    heuristic: bool = False

    def to_dict(self) -> dict[str, object]:
        """For gate.json."""
        return {**asdict(self), "outcome": self.outcome.value, "reasons": list(self.reasons)}
