"""One case in a list: its photo, what was answered, when."""

from __future__ import annotations

from collections.abc import Callable

from kivy.app import App
from kivy.properties import ObjectProperty, StringProperty

from edge_app.store.records import Case
from edge_app.ui import choices
from edge_app.ui.widgets.buttons import Pressable
from edge_app.ui.widgets.layout import Surface
from edge_app.ui.widgets.signs import texture_of

THUMBNAIL_PX = 120


class CaseRow(Pressable, Surface):
    """Leads to the case."""

    case = ObjectProperty(None)
    session = ObjectProperty(None)
    title = StringProperty("")
    second = StringProperty("")
    tier = StringProperty("routine")
    texture = ObjectProperty(None, allownone=True)

    def on_case(self, _: object, case: Case) -> None:
        """Write the two lines."""
        self.write()

    def on_session(self, *_: object) -> None:
        """As above, once both are there."""
        self.write()

    def write(self) -> None:
        """Photo, answer, place and time."""
        if self.case is None or self.session is None:
            return
        tr = App.get_running_app().tr
        case, last = self.case, self.case.visits[-1] if self.case.visits else None
        self.title = answer_line(case, tr)
        place = tr(choices.SITES.get(case.site, "")) if case.site else ""
        parts = [case.reference, place, self.session.shown_time(last.taken_at if last else case.created_at)]
        self.second = " · ".join(part for part in parts if part)
        self.tier = tier_of(case)
        if case.photo_ids:
            image = self.session.stored_photo(case.photo_ids[-1], THUMBNAIL_PX)
            self.texture = None if image is None else texture_of(image)

    def on_release(self) -> None:
        """Open it."""
        app = App.get_running_app()
        app.screen("case").case_id = self.case.id
        app.go("case")


def tier_of(case: Case) -> str:
    """Which sign a case gets: its referral tier, or that there was no answer."""
    last = case.visits[-1] if case.visits else None
    if last is None or last.verdict != "prediction":
        return "unknown"
    return last.tier or "soon"


def answer_line(case: Case, tr: Callable[[str], str]) -> str:
    """What was last answered, in words."""
    last = case.visits[-1] if case.visits else None
    if last is None:
        return ""
    if last.verdict != "prediction":
        return tr(choices.VERDICTS[last.verdict][0])
    return tr(choices.LABELS.get(last.code, last.name))
