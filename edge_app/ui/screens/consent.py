"""Intended use and consent: the first thing that is shown, and always reachable from the settings."""

from __future__ import annotations

from kivy.properties import BooleanProperty

from edge_app.ui.page import Page


class ConsentPage(Page):
    """What the app is for, what it is not for, what becomes of the data; consent is given or withdrawn here."""

    is_given = BooleanProperty(False)
    understands = BooleanProperty(False)
    may_withdraw = BooleanProperty(False)
    is_withdrawing = BooleanProperty(False)

    def fill(self) -> None:
        """Whether consent was given before."""
        self.is_given = bool(self.session.preferences.consented_at)
        self.has_back = self.is_given
        # From the lock screen it can be read; to delete everything takes somebody who has unlocked.
        self.may_withdraw = self.is_given and not self.session.is_locked
        self.is_withdrawing = False

    def agree(self) -> None:
        """Remember when."""
        if self.app.attempt(lambda: self.session.prefer(consented_at=self.session.now())):
            self.app.go("lock" if self.session.is_locked else "home", forget=True)

    def withdraw(self) -> None:
        """On the second press, delete everything."""
        if not self.is_withdrawing:
            self.is_withdrawing = True
            return
        if self.app.attempt(self.session.withdraw_consent):
            self.understands = False
            self.app.go("consent", forget=True)
            self.app.forget_screens()
            self.app.say(self.app.tr("All histories on this device were deleted."))
