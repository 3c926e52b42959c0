"""The models on this device: which one answers, import, self-test, rollback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.properties import StringProperty

from edge_app.runtime import trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.ui.page import Page
from edge_app.ui.widgets.buttons import ListRow


class ModelsPage(Page):
    """Bundles; a model file is a program, so each is verified before anything reads it."""

    name_line = StringProperty("")
    detail = StringProperty("")
    verdict = StringProperty("")
    keys = StringProperty("")

    def fill(self) -> None:
        """The model in use, and the others."""
        classifier, tr = self.session.classifier, self.app.tr
        self.ids.others.clear_widgets()
        accepted = self.session.shelf.accepted_keys()
        self.keys = ", ".join(map(trust.fingerprint, accepted)) or tr(
            "Whose bundles are accepted: so far none but the built-in one"
        )
        if classifier is None or classifier.bundle is None:
            self.name_line = tr("Loading the model ...")
            return
        card, bundle = classifier.card, classifier.bundle
        self.name_line = f"{card.name} {card.version}"
        size = f"{bundle.model_bytes / 1e6:.1f} MB"
        self.detail = f"{card.arch} · {card.target} {card.scheme} · {size} · {classifier.backend_name}"
        self.verdict = bundle.gate["verdict"]
        for other in self.session.shelf.listed():
            self.add_row(other, other.sha256 == bundle.sha256)

    def add_row(self, bundle: Bundle, is_current: bool) -> None:
        """One bundle."""
        card = bundle.card
        used = self.app.tr("in use") if is_current else self.app.tr("press to use")
        row = ListRow(icon="check_circle" if is_current else "memory", title=f"{card.name} {card.version}")
        row.second = f"{used} · {bundle.sha256[:12]} · {bundle.signer or '-'}"
        row.trailing = "" if is_current else "chevron_right"
        row.bind(on_release=lambda _: None if is_current else self.use(bundle))
        self.ids.others.add_widget(row)

    def use(self, bundle: Bundle) -> None:
        """Switch to a bundle that is here already."""
        shelf = self.session.shelf
        sha256 = "" if bundle.path == shelf.built_in else bundle.sha256

        def job(_: Any) -> Classifier:
            opened = shelf.open(bundle.path)
            shelf.use(sha256)
            return opened

        self.app.work(job, self.opened)

    def opened(self, classifier: Classifier) -> None:
        """Another model answers from now on."""
        self.session.classifier = classifier
        if not self.session.is_locked and classifier.bundle:
            self.session.history().log("model", classifier.bundle.sha256)
        self.fill()

    def bring(self) -> None:
        """Import a bundle."""
        self.app.screen("files").ask((".zip",), self.import_bundle, folders=True)

    def import_bundle(self, path: Path) -> None:
        """Verify, prove, keep, use."""
        shelf = self.session.shelf

        def job(_: Any) -> Classifier:
            shelf.add(path)
            return shelf.open_current()

        self.app.work(job, self.opened)

    def self_test(self) -> None:
        """Run the golden photos again, on this device, now."""
        classifier, shelf = self.session.classifier, self.session.shelf
        if classifier is not None and classifier.bundle is not None:
            self.app.work(lambda task: shelf.self_test(classifier), self.tested)

    def tested(self, differences: list[float]) -> None:
        """How far off."""
        bundle = self.session.model().bundle
        allowed = bundle.golden.tolerance if bundle else 0.0
        good = all(found <= allowed for found in differences)
        text = self.app.tr("Passed. Photos: {n}, largest difference {d}, allowed {a}")
        if not good:
            text = self.app.tr("FAILED. Photos: {n}, largest difference {d}, allowed {a}")
        self.app.say(text.format(n=len(differences), d=f"{max(differences):.2g}", a=f"{allowed:.2g}"))

    def roll_back(self) -> None:
        """To the model before."""
        shelf = self.session.shelf

        def job(_: Any) -> Classifier:
            shelf.roll_back()
            return shelf.open_current()

        self.app.work(job, self.opened)
