"""Find cases by what is written in them; everything is searched in memory, after decryption."""

from __future__ import annotations

from collections.abc import Iterable

from edge_app.store.records import Case


def found(cases: Iterable[Case], query: str) -> list[Case]:
    """The cases that hold every word of `query` somewhere, in the order they came; all for an empty query."""
    words = query.casefold().split()
    return [case for case in cases if all(word in text_of(case) for word in words)]


def text_of(case: Case) -> str:
    """Everything of a case that one may look for."""
    of_visits = [f"{v.taken_at} {v.code} {v.name} {v.tier} {v.verdict}" for v in case.visits]
    of_outcome = [case.outcome.finding, case.outcome.kind, case.outcome.note] if case.outcome else []
    own = [case.reference, case.site, case.age_band, case.sex, case.skin_type, case.note, *case.symptoms]
    return " ".join([*own, *of_visits, *of_outcome]).replace("_", " ").casefold()


def due(cases: Iterable[Case], today: str) -> list[Case]:
    """Cases whose reminder is `today` (2026-11-30) or overdue, the most overdue first."""
    waiting = [case for case in cases if case.remind_on and case.remind_on <= today]
    return sorted(waiting, key=lambda case: case.remind_on)
