"""One case: its visits side by side, its outcome, a reminder, deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from edge_app.store.records import Case, Visit
from edge_app.ui import choices
from edge_app.ui.figures import probable
from edge_app.ui.page import Page
from edge_app.ui.widgets.case_row import answer_line, tier_of
from edge_app.ui.widgets.signs import texture_of
from edge_app.ui.widgets.visit_card import VisitCard, VisitPhoto
from edge_app.ui.words import mark

SIDE_PX = 360
# Written out: languages count in more ways than one.
WEEKS = {2: mark("in two weeks"), 4: mark("in four weeks"), 12: mark("in twelve weeks")}


class CasePage(Page):
    """The case called `case_id`."""

    case_id = StringProperty("")
    headline = StringProperty("")
    tier = StringProperty("routine")
    facts = StringProperty("")
    outcome = StringProperty("")
    reminder = StringProperty("")
    has_reminder = BooleanProperty(False)
    is_deleting = BooleanProperty(False)

    def case(self) -> Case:
        """The case itself."""
        return self.session.history().case(self.case_id)

    def fill(self) -> None:
        """Everything of the case."""
        tr, case = self.app.tr, self.case()
        self.is_deleting = False
        self.headline, self.tier = answer_line(case, tr), tier_of(case)
        self.facts = facts_of(case, tr)
        self.outcome = outcome_of(case, tr) or tr("Not known yet")
        self.reminder, self.has_reminder = case.remind_on or tr("None"), bool(case.remind_on)
        self.ids.weeks.options = [(str(n), tr(said)) for n, said in WEEKS.items()]
        self.ids.weeks.chosen = []
        self.compare(case, case.visits[0].id if case.visits else "")

    def compare(self, case: Case, visit_id: str) -> None:
        """The chosen visit, at first the earliest, and the last one side by side; below them all visits."""
        chosen = [visit for visit in case.visits if visit.id == visit_id or visit is case.visits[-1]]
        pair, visits = self.ids.pair, self.ids.visits
        pair.clear_widgets()
        for visit in chosen:
            pair.add_widget(self.visit_photo(visit))
        visits.clear_widgets()
        for visit in reversed(case.visits):
            shown = self.visit_card(visit)
            shown.is_shown = len(chosen) > 1 and visit in chosen
            shown.bind(on_release=lambda _, pressed=visit: self.compare(case, pressed.id))
            visits.add_widget(shown)

    def visit_card(self, visit: Visit) -> VisitCard:
        """One visit."""
        tr, said = self.app.tr, self.nearest(visit)
        if visit.verdict != "prediction":
            said = f"{tr(choices.VERDICTS[visit.verdict][0])} ({said})"
        photos = tr("Photos: {n}").format(n=len(visit.shots))
        second = f"{photos} · {visit.model} · {visit.model_sha256[:8]}"
        return VisitCard(title=self.session.shown_time(visit.taken_at), said=said, second=second)

    def visit_photo(self, visit: Visit) -> VisitPhoto:
        """Its last photo, its day, its answer; the nearest label is none where the model abstained."""
        image = self.session.stored_photo(visit.shots[-1].photo_id, SIDE_PX) if visit.shots else None
        texture = None if image is None else texture_of(image)
        day = self.session.shown_time(visit.taken_at)[:10]
        answered = visit.verdict == "prediction"
        said = self.nearest(visit) if answered else self.app.tr(choices.VERDICTS[visit.verdict][0])
        return VisitPhoto(texture=texture, title=day, second=said)

    def nearest(self, visit: Visit) -> str:
        """The best label of a visit and its probability."""
        return f"{self.app.tr(choices.LABELS.get(visit.code, visit.name))} {probable(visit.probability)}"

    def follow_up(self) -> None:
        """Another visit of the same lesion."""
        self.session.begin(self.case())
        self.app.go("capture")

    def remind(self, weeks: str) -> None:
        """Set a reminder; the home page lists it once it is due."""
        when = date.fromisoformat(self.session.today()) + timedelta(weeks=int(weeks))
        self.change(remind_on=when.isoformat())

    def forget_reminder(self) -> None:
        """No reminder."""
        self.change(remind_on="")

    def change(self, **values: Any) -> None:
        """Save the case with other values."""
        changed = replace(self.case(), **values)
        if self.app.attempt(lambda: self.session.history().save(changed, event="changed")):
            self.fill()

    def delete(self) -> None:
        """On the second press."""
        if not self.is_deleting:
            self.is_deleting = True
        elif self.app.attempt(lambda: self.session.history().delete(self.case_id)):
            self.app.go("history", forget=True)
            self.app.say(self.app.tr("Deleted and overwritten."))

    def act(self) -> None:
        """Export this case."""
        self.app.screen("export").case_id = self.case_id
        self.app.go("export")

    def enter_outcome(self) -> None:
        """What it turned out to be."""
        self.app.screen("outcome").case_id = self.case_id
        self.app.go("outcome")


def facts_of(case: Case, tr: Callable[[str], str]) -> str:
    """What was entered, in one paragraph."""
    words = [case.reference, case.age_band]
    words += [tr(choices.SITES[case.site])] if case.site in choices.SITES else []
    words += [tr(choices.SEXES[case.sex])] if case.sex in choices.SEXES else []
    words += [tr("Skin type {type}").format(type=case.skin_type)] if case.skin_type else []
    words += [tr(choices.SYMPTOMS[s]) for s in case.symptoms if s in choices.SYMPTOMS]
    return " · ".join(word for word in [*words, case.note] if word) or "-"


def outcome_of(case: Case, tr: Callable[[str], str]) -> str:
    """The outcome in words; "" where there is none."""
    if case.outcome is None:
        return ""
    kind = tr(choices.OUTCOMES.get(case.outcome.kind, case.outcome.kind))
    return " · ".join(part for part in (case.outcome.on, kind, case.outcome.finding, case.outcome.note) if part)
