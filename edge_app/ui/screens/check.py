"""Is the photo good enough? What is wrong and what to do; using it anyway is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty

from edge_app.ui import choices
from edge_app.ui.draft import analyse
from edge_app.ui.page import Page
from edge_app.ui.widgets.signs import Notice, Passed, texture_of

ICONS = {
    "small": "crop_free",
    "blur": "blur_on",
    "dark": "brightness_low",
    "bright": "brightness_high",
    "glare": "flare",
    "no_skin": "pan_tool",
    "far": "zoom_in",
}


class CheckPage(Page):
    """The pending photo of the draft."""

    is_good = BooleanProperty(True)
    count = NumericProperty(0)

    def fill(self) -> None:
        """Show the photo and what was found."""
        one = self.session.draft.pending
        self.ids.issues.clear_widgets()
        if one is None:
            return
        self.is_good, self.count = one.report.is_good, len(one.report.issues)
        self.ids.photo.texture = texture_of(one.shown)
        self.ids.passed.clear_widgets()
        for codes, said in choices.GOOD:
            if not set(codes) & set(one.report.codes):
                self.ids.passed.add_widget(Passed(string=self.app.tr(said)))
        for issue in one.report.issues:
            notice = Notice(icon=ICONS[issue.code], tone="soon", string=self.app.tr(issue.text))
            self.ids.issues.add_widget(notice)

    def on_use(self) -> None:
        """Analyse it, together with the photos that were taken before."""
        draft = self.session.draft
        if draft.pending is None:
            return
        pending = replace(draft.pending, used_anyway=not draft.pending.report.is_good)
        photos, classifier = [*draft.photos, pending], self.session.classifier
        if classifier is None:
            self.app.say(self.app.tr("The model is still loading; try again in a moment."))
            return
        self.app.work(lambda task: analyse(photos, classifier, task), self.analysed)

    def analysed(self, result: Any) -> None:
        """On to the result."""
        draft = self.session.draft
        draft.photos, draft.answer = result
        draft.pending = None
        self.app.go("result", forget=True)
