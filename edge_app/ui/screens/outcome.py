"""What the lesion turned out to be: the figure that every honest statistic needs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from kivy.properties import StringProperty

from edge_app.store.records import Outcome
from edge_app.ui import choices
from edge_app.ui.page import Page

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class OutcomePage(Page):
    """The outcome of the case called `case_id`."""

    case_id = StringProperty("")

    def fill(self) -> None:
        """Show what is known."""
        known = self.session.history().case(self.case_id).outcome
        self.ids.kind.options = [(code, self.app.tr(name)) for code, name in choices.OUTCOMES.items()]
        self.ids.kind.chosen = [known.kind] if known else []
        self.ids.on.text = known.on if known else self.session.today()
        self.ids.finding.text = known.finding if known else ""
        self.ids.note.text = known.note if known else ""

    def save(self) -> None:
        """Keep it."""
        on, kind = self.ids.on.text.strip(), self.ids.kind.chosen
        if not is_date(on) or not kind:
            self.app.say(self.app.tr("Choose a kind, and give the date as 2026-11-30."))
            return
        outcome = Outcome(on=on, kind=kind[0], finding=self.ids.finding.text.strip(), note=self.ids.note.text.strip())
        store = self.session.history()
        changed = replace(store.case(self.case_id), outcome=outcome, remind_on="")
        if self.app.attempt(lambda: store.save(changed, event="outcome entered")):
            self.app.back()


def is_date(text: str) -> bool:
    """Whether `text` is a day of the calendar, written as 2026-11-30."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return DATE.fullmatch(text) is not None
