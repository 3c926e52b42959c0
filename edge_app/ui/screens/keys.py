"""The keys whose bundles are taken: accept another, take one back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from edge_app.runtime import trust
from edge_app.runtime.classifier import Classifier
from edge_app.ui.page import Page
from edge_app.ui.widgets.layout import Card


class KeyCard(Card):
    """One accepted key, the bundles that it signed, and the button that takes it back on the second press."""

    fingerprint = StringProperty("")
    bundles = StringProperty("")
    is_removing = BooleanProperty(False)

    def __init__(self, *, page: KeysPage, key: bytes, bundles: str) -> None:
        self.page, self.key = page, key
        super().__init__(fingerprint=trust.fingerprint(key), bundles=bundles)

    def press(self) -> None:
        """Ask first."""
        if self.is_removing:
            self.page.remove(self.key)
        else:
            self.is_removing = True


class KeysPage(Page):
    """The built-in bundle's own key is not among them: it serves that bundle alone."""

    def fill(self) -> None:
        """Every accepted key."""
        place, shelf, tr = self.ids.rows, self.session.shelf, self.app.tr
        place.clear_widgets()
        listed = shelf.listed()
        for key in shelf.accepted_keys():
            signed = [f"{one.card.name} {one.card.version}" for one in listed if one.signer == trust.fingerprint(key)]
            names = tr("Bundles of it: {names}").format(names=", ".join(signed)) if signed else ""
            place.add_widget(KeyCard(page=self, key=key, bundles=names or tr("No bundle of it is here.")))
        self.ids.none.is_on = not place.children

    def choose(self) -> None:
        """Look for a file with a public key."""
        self.app.screen("files").ask((".pub", ".key", ".txt"), self.accept)

    def accept(self, path: Path) -> None:
        """From now on, bundles of that key are taken."""
        key: list[str] = []
        if self.app.attempt(lambda: key.append(self.session.shelf.accept_key(path))):
            self.note("key accepted", key[0])
            self.app.say(self.app.tr("Key accepted: {key}").format(key=key[0]))

    def remove(self, key: bytes) -> None:
        """From now on, bundles of that key are refused; where one of them was in use, the built-in one answers."""
        shelf = self.session.shelf

        def job(_: Any) -> Classifier:
            shelf.remove_key(key)
            return shelf.open_current()

        self.app.work(job, lambda opened: self.removed(key, opened))

    def removed(self, key: bytes, opened: Classifier) -> None:
        """Say so; another model may answer now."""
        self.note("key removed", trust.fingerprint(key))
        self.app.say(self.app.tr("Key removed: {key}").format(key=trust.fingerprint(key)))
        if hash_of(opened) != hash_of(self.session.classifier):
            self.app.screen("models").opened(opened)

    def note(self, event: str, fingerprint: str) -> None:
        """Into the audit log, and show what is accepted now."""
        self.app.attempt(lambda: self.session.history().log(event, fingerprint))
        self.fill()


def hash_of(classifier: Classifier | None) -> str:
    """Of its bundle; "" without one."""
    return classifier.bundle.sha256 if classifier is not None and classifier.bundle is not None else ""
