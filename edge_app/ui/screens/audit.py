"""The audit log: what was done with this history."""

from __future__ import annotations

from kivy.properties import BooleanProperty

from edge_app.runtime.errors import StoreError
from edge_app.ui import choices
from edge_app.ui.page import Page
from edge_app.ui.widgets.facts import LogRow

SHOWN_MAX = 100
# A case is named by the start of its identifier; files by their name.
DETAIL_CHARACTERS = 40
HASH = frozenset("0123456789abcdef")


class AuditPage(Page):
    """The newest first; nothing is shown of a chain that is broken."""

    is_whole = BooleanProperty(True)

    def fill(self) -> None:
        """Read and verify the chain."""
        place, tr = self.ids.lines, self.app.tr
        place.clear_widgets()
        try:
            entries, self.is_whole = list(self.session.history().audit()), True
        except StoreError:
            entries, self.is_whole = [], False
        for entry in entries[::-1][:SHOWN_MAX]:
            title, icon = choices.EVENTS.get(entry.event, (entry.event, "info"))
            said = " · ".join(part for part in (short(entry.detail), self.session.shown_time(entry.at)) if part)
            place.add_widget(LogRow(icon=icon, title=tr(title), second=said))


def short(detail: str) -> str:
    """An identifier by its first eight characters, anything else up to forty."""
    return detail[:8] if len(detail) >= 32 and set(detail) <= HASH else detail[:DETAIL_CHARACTERS]
