"""Home: begin a case, see what is due, see the last ones."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from kivy.properties import StringProperty

from edge_app.store import search
from edge_app.store.records import Case
from edge_app.ui.page import Page
from edge_app.ui.widgets.case_row import CaseRow
from edge_app.ui.widgets.facts import Empty

SAMPLES = Path(__file__).resolve().parents[3] / "assets" / "samples"
RECENT = 4


@lru_cache(maxsize=8)
def sample(index: int) -> np.ndarray:
    """One of the phantoms that come with the app, uint8 [H, W, 3]."""
    from edge_app.runtime import photo

    return photo.load(SAMPLES / f"phantom-{index}.jpg", 480)


class HomePage(Page):
    """The first page of every day."""

    greeting = StringProperty("")
    model_line = StringProperty("")

    def fill(self) -> None:
        """Reminders that are due, and the last cases."""
        store, tr = self.session.history(), self.app.tr
        self.greeting = store.user
        due = search.due(store.cases(), self.session.today())
        self.show(self.ids.due, due)
        self.show(self.ids.recent, store.cases()[:RECENT])
        self.ids.due_title.string = tr("Due for follow-up") if due else ""
        self.ids.recent_title.string = tr("Last cases") if store.cases() else ""
        if not store.cases():
            second = tr("What you save appears here, encrypted.")
            self.ids.recent.add_widget(Empty(icon="photo_camera", title=tr("No case yet"), second=second))
        classifier = self.session.classifier
        self.model_line = (
            f"{classifier.card.name} {classifier.card.version}" if classifier else tr("Loading the model ...")
        )

    def show(self, place: Any, cases: Iterable[Case]) -> None:
        """Rows of cases."""
        place.clear_widgets()
        for case in cases:
            place.add_widget(CaseRow(case=case, session=self.session))

    def begin(self) -> None:
        """A new case."""
        self.session.begin()
        self.app.go("new_case")

    def quick(self) -> None:
        """Straight to the camera; the rest can be entered later."""
        self.session.begin()
        self.app.go("capture")

    def act(self) -> None:
        """Lock now."""
        self.app.lock()
