"""Settings: language, look, text size, lock, consent, backup, audit log, about."""

from __future__ import annotations

from typing import Any

from edge_app.store.auto_lock import CHOICES_S
from edge_app.ui.page import Page
from edge_app.ui.preferences import SCALES
from edge_app.ui.words import LANGUAGES


class SettingsPage(Page):
    """Every change is kept at once."""

    def fill(self) -> None:
        """What is set."""
        chosen, ids, tr = self.session.preferences, self.ids, self.app.tr
        self._is_filling = True
        ids.language.options = [(code, name) for code, (name, _) in LANGUAGES.items()]
        ids.scale.options = [(str(scale), f"{scale * 100:.0f} %") for scale in SCALES]
        ids.lock.options = [(str(s), tr("{n} min").format(n=s // 60)) for s in CHOICES_S]
        ids.language.chosen, ids.scale.chosen = [chosen.language], [str(chosen.text_scale)]
        ids.lock.chosen, ids.dark.is_on = [str(chosen.lock_after_s)], chosen.look == "dark"
        self._is_filling = False

    def prefer(self, **values: Any) -> None:
        """Keep and apply."""
        if self._is_filling or any(value is None for value in values.values()):
            return
        if self.app.attempt(lambda: self.session.prefer(**values)):
            self.app.follow_preferences()
            self.fill()
