"""The audit log: what was done with this history."""

from __future__ import annotations

from edge_app.ui.page import Page
from edge_app.ui.widgets.visit_card import VisitCard

SHOWN_MAX = 100


class AuditPage(Page):
    """The newest first."""

    def fill(self) -> None:
        """Read and verify the chain."""
        place = self.ids.lines
        place.clear_widgets()
        entries = list(self.session.history().audit())
        for entry in entries[::-1][:SHOWN_MAX]:
            shown = VisitCard(title=entry.event, said=entry.detail[:40], second=self.session.shown_time(entry.at))
            place.add_widget(shown)
