"""The history: search, and what is due."""

from __future__ import annotations

from functools import partial

from kivy.clock import Clock

from edge_app.store import search
from edge_app.store.records import Case
from edge_app.ui.page import Page
from edge_app.ui.widgets.case_row import CaseRow
from edge_app.ui.widgets.facts import Empty

# Every row decrypts a photo: more than these are found by searching.
ROWS_MAX = 40
# As many as a tall phone shows; the others follow one a frame, so that no frame is long.
ROWS_FIRST = 10
TYPING_S = 0.25


class HistoryPage(Page):
    """Every case of this user, the newest first."""

    def fill(self) -> None:
        """All cases that fit the search."""
        store, tr = self.session.history(), self.app.tr
        found = search.found(store.cases(), self.ids.query.text)
        self.ids.rows.clear_widgets()
        for case in found[:ROWS_FIRST]:
            self.add_row(case)
        self.in_turn(*(partial(self.add_row, case) for case in found[ROWS_FIRST:ROWS_MAX]))
        if not found:
            title = tr("Nothing found") if store.cases() else tr("No case yet")
            second = tr("Try another word.") if store.cases() else tr("What you save appears here, encrypted.")
            self.ids.rows.add_widget(Empty(icon="search" if store.cases() else "history", title=title, second=second))
        line = tr("Cases: {n} of {all}").format(n=len(found), all=len(store.cases()))
        if len(found) > ROWS_MAX:
            line += tr("; the first {n} are shown").format(n=ROWS_MAX)
        self.ids.count.string = line

    def add_row(self, case: Case) -> None:
        """One case."""
        self.ids.rows.add_widget(CaseRow(case=case, session=self.session))

    def search_soon(self) -> None:
        """Not at every letter."""
        Clock.unschedule(self.search_now)
        Clock.schedule_once(self.search_now, TYPING_S)

    def search_now(self, _: float) -> None:
        """If there is still a history to search."""
        if not self.session.is_locked:
            self.fill()

    def act(self) -> None:
        """Export everything."""
        self.app.screen("export").case_id = ""
        self.app.go("export")
