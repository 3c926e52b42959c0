"""The lock screen: choose who you are and give the passphrase, or make a history of your own."""

from __future__ import annotations

from pathlib import Path
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
    backup = ObjectProperty(None, allownone=True)

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
        self.user, self.is_new, self.backup = user, False, None
        for name in ("passphrase", "again", "name"):
            self.ids[name].text = ""

    def act(self) -> None:
        """Make another user."""
        self.user, self.is_new, self.backup = None, True, None

    def unlock(self) -> None:
        """Open the chosen history."""
        passphrase, path, vault_of = self.ids.passphrase.text, self.user.path, self.app.platform.vault
        self.app.work(lambda task: Store.open(path, vault_of(passphrase)), self.opened)

    def create(self) -> None:
        """Make a new history."""
        name, passphrase = self.ids.name.text, self.ids.passphrase.text
        if passphrase != self.ids.again.text:
            self.app.say(self.app.tr("The two passphrases differ."))
            return
        folder, vault_of = self.session.histories, self.app.platform.vault
        self.app.work(lambda task: users.add(folder, name, vault_of(passphrase)), self.opened)

    def find_backup(self) -> None:
        """Restore a history that was saved elsewhere."""
        self.app.screen("files").ask((".dermedge-backup",), self.restore)

    def restore(self, path: Path) -> None:
        """Ask for its passphrase."""
        self.user, self.is_new, self.backup = None, False, path

    def open_backup(self) -> None:
        """Copy it here, every record proved."""
        source, passphrase, folder = self.backup, self.ids.passphrase.text, self.session.histories
        vault_of = self.app.platform.vault

        def job(_: Any) -> Store:
            return users.restore(folder, source, PassphraseVault(passphrase), vault_of(passphrase))

        self.app.work(job, self.opened)

    def submit(self) -> None:
        """Whichever of the three this is."""
        (self.open_backup if self.backup else self.create if self.is_new else self.unlock)()

    def opened(self, store: Any) -> None:
        """On to the app."""
        self.choose(None)
        self.session.unlock(store)
        self.app.unlocked()
