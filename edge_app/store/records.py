"""What a case history holds: a case is one lesion of one patient, a visit is what was photographed and answered then.

Every field but the identifiers is optional, and none asks for a name: `reference` is the user's own code.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from edge_app.runtime.errors import StoreError

RECORD_SCHEMA = 2
VERDICTS = ("prediction", "unsure", "unknown")


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One photo: its logits [K], what the quality check said (codes), and whether it was used in spite of that."""

    photo_id: str
    logits: tuple[float, ...] = ()
    quality: tuple[str, ...] = ()
    used_anyway: bool = False


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One answer, from one photo or several of the same lesion.

    `verdict` is prediction, unsure (refer) or unknown (not like anything the model knows); `code` is the best label.
    """

    id: str
    taken_at: str
    shots: tuple[Shot, ...] = ()
    verdict: str = "unsure"
    code: str = ""
    name: str = ""
    tier: str = ""
    probability: float = 0.0
    probabilities: dict[str, float] = field(default_factory=dict)
    disagreement: bool = False
    reason: str = ""
    model: str = ""
    model_sha256: str = ""
    gate: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the lesion turned out to be: `kind` is histology, clinical or lost."""

    on: str
    kind: str
    finding: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One lesion. `remind_on` is a date (2026-11-30) or empty."""

    id: str
    created_at: str
    reference: str = ""
    site: str = ""
    age_band: str = ""
    sex: str = ""
    skin_type: str = ""
    symptoms: tuple[str, ...] = ()
    note: str = ""
    visits: tuple[Visit, ...] = ()
    outcome: Outcome | None = None
    remind_on: str = ""

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """Every photo of every visit, oldest first."""
        return tuple(shot.photo_id for visit in self.visits for shot in visit.shots)

    def with_visit(self, visit: Visit) -> Case:
        """The case, one visit longer."""
        return replace(self, visits=(*self.visits, visit))


def to_bytes(case: Case) -> bytes:
    """`case` as JSON; `from_bytes` gives an equal one back."""
    return json.dumps(asdict(case), ensure_ascii=False, allow_nan=False, sort_keys=True).encode()


def from_bytes(content: bytes) -> Case:
    """The case in `content`; StoreError when it is none."""
    try:
        return case_of(json.loads(content))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StoreError(f"a case of the history cannot be read ({error}); restore the last backup") from error


def case_of(data: dict[str, Any]) -> Case:
    """The case of decoded JSON."""
    values = known(data, Case)
    values["visits"] = tuple(visit_of(item) for item in values.get("visits", ()))
    values["symptoms"] = tuple(values.get("symptoms", ()))
    if values.get("outcome") is not None:
        values["outcome"] = Outcome(**known(values["outcome"], Outcome))
    return Case(**values)


def visit_of(data: dict[str, Any]) -> Visit:
    """One visit of decoded JSON."""
    values = known(data, Visit)
    if values.get("verdict", "unsure") not in VERDICTS:
        raise ValueError(f"verdict {values['verdict']!r}")
    values["shots"] = tuple(shot_of(item) for item in values.get("shots", ()))
    return Visit(**values)


def shot_of(data: dict[str, Any]) -> Shot:
    """One photo of decoded JSON."""
    values = known(data, Shot)
    return Shot(**values | {name: tuple(values.get(name, ())) for name in ("logits", "quality")})


def known(data: Any, kind: type) -> dict[str, Any]:
    """The entries that `kind` has a field for; a newer app may have written more."""
    if not isinstance(data, dict):
        raise TypeError(f"{type(data).__name__} where {kind.__name__} is wanted")
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
