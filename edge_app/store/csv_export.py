"""The history as CSV, one row a visit, for a spreadsheet or statistics; nothing in it is encrypted any more."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from edge_app.answers import unformulated
from edge_app.store.records import Case, Visit

COLUMNS = (
    "case", "reference", "site", "age_band", "sex", "skin_type", "symptoms", "note", "visit", "taken_at", "photos",
    "quality", "used_anyway", "verdict", "best_label", "probability", "tier", "reason", "model", "model_sha256", "gate",
    "outcome_on", "outcome_kind", "outcome_finding", "outcome_note", "remind_on",
)  # fmt: skip


def to_csv(cases: Iterable[Case]) -> str:
    """RFC 4180 with a heading; a cell that a spreadsheet would run gets an apostrophe in front (OWASP)."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for case in cases:
        for visit in case.visits or (None,):
            table.writerow([unformulated(cell) for cell in row(case, visit)])
    return out.getvalue()


def row(case: Case, visit: Visit | None) -> list[str | float]:
    """The cells of one visit; a case without one keeps its row."""
    outcome = case.outcome
    of_case = [case.id, case.reference, case.site, case.age_band, case.sex, case.skin_type,
               " ".join(case.symptoms), case.note]  # fmt: skip
    of_outcome = [outcome.on, outcome.kind, outcome.finding, outcome.note] if outcome else [""] * 4
    return [*of_case, *of_visit(visit), *of_outcome, case.remind_on]


def of_visit(visit: Visit | None) -> list[str | float]:
    """The cells that belong to the visit."""
    if visit is None:
        return [""] * 13
    quality = " ".join(sorted({code for shot in visit.shots for code in shot.quality}))
    anyway = "yes" if any(shot.used_anyway for shot in visit.shots) else "no"
    photographed: list[str | float] = [visit.id, visit.taken_at, len(visit.shots), quality, anyway]
    answered: list[str | float] = [visit.verdict, visit.code, round(visit.probability, 4), visit.tier, visit.reason]
    return [*photographed, *answered, visit.model, visit.model_sha256, visit.gate]
