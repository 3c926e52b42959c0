"""Change the passphrase of the open history: the present one is asked for, records and photos stay as they are."""

from __future__ import annotations

from typing import Any

from edge_app.ui.page import Page


class PassphrasePage(Page):
    """Backups keep the passphrase that they were written with."""

    def fill(self) -> None:
        """Nothing of an earlier visit."""
        for name in ("present", "passphrase", "again"):
            self.ids[name].text = ""

    def change(self) -> None:
        """Prove the present one, then wrap the key anew; off this thread, for both take half a second."""
        present, new = self.ids.present.text, self.ids.passphrase.text
        if new != self.ids.again.text:
            self.app.say(self.app.tr("The two passphrases differ."))
            return
        store, vault_of = self.session.history(), self.app.platform.vault

        def job(_: Any) -> None:
            own = vault_of(new)
            store.check_vault(vault_of(present))
            store.change_vault(own)

        self.app.work(job, self.changed)

    def changed(self, _: None) -> None:
        """Back to where the user came from."""
        self.fill()
        self.app.back()
        self.app.say(self.app.tr("The passphrase was changed."))
