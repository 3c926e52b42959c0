"""The lock screen: choose who you are and give the passphrase, or make a history of your own."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

from edge_app.store import users
from edge_app.store.store import Store
from edge_app.store.users import User
from edge_app.store.vaults import PassphraseVault
from edge_app.ui.page import Page
from edge_app.ui.widgets.buttons import ListRow


class LockPage(Page):
    """Nothing of any history can be seen from here but the users' names."""

    user = ObjectProperty(None, allownone=True)
    is_new = BooleanProperty(False)

    def fill(self) -> None:
        """List the users; without any, make one."""
        self.listed = users.listed(self.session.histories)
        self.choose(self.listed[0] if len(self.listed) == 1 else None)
        self.is_new = not self.listed
        self.ids.users.clear_widgets()
        for user in self.listed if len(self.listed) > 1 else ():
            row = ListRow(icon="person", title=user.name)
            row.bind(on_release=lambda _, chosen=user: self.choose(chosen))
            self.ids.users.add_widget(row)

    def choose(self, user: User | None) -> None:
        """Whose passphrase is asked for."""
        self.user, self.is_new = user, False
        for name in ("passphrase", "again", "name"):
            self.ids[name].text = ""

    def act(self) -> None:
        """Make another user."""
        self.user, self.is_new = None, True

    def unlock(self) -> None:
        """Open the chosen history."""
        passphrase, path = self.ids.passphrase.text, self.user.path
        self.app.work(lambda task: Store.open(path, PassphraseVault(passphrase)), self.opened)

    def create(self) -> None:
        """Make a new history."""
        name, passphrase = self.ids.name.text, self.ids.passphrase.text
        if passphrase != self.ids.again.text:
            self.app.say(self.app.tr("The two passphrases differ."))
            return
        folder = self.session.histories
        self.app.work(lambda task: users.add(folder, name, PassphraseVault(passphrase)), self.opened)

    def opened(self, store: Any) -> None:
        """On to the app."""
        self.choose(None)
        self.session.unlock(store)
        self.app.unlocked()
