"""The model card: what the model is, what it was measured on, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.properties import StringProperty

from edge_app.ui import choices
from edge_app.ui.figures import percent, recall, recall_of
from edge_app.ui.page import Page
from edge_app.ui.widgets.class_row import ClassRow
from edge_app.ui.widgets.facts import Fact


class CardPage(Page):
    """The card of the model in use."""

    name_line = StringProperty("")
    use = StringProperty("")
    figures = StringProperty("")
    skin = StringProperty("")

    def fill(self) -> None:
        """Everything of the card and its gate."""
        classifier, tr = self.session.model(), self.app.tr
        card, bundle = classifier.card, classifier.bundle
        gate = bundle.gate if bundle else {}
        lines = [
            (tr("Architecture"), f"{card.arch}, {card.fit.side_px} px"),
            (tr("File"), f"{card.target}, {card.scheme}"),
            (tr("Trained on"), card.training_data),
            (tr("Licence"), card.licence),
            (tr("Made"), card.created),
            (tr("Bundle"), bundle.sha256[:32] if bundle else "-"),
            (tr("Checkpoint"), card.checkpoint_sha256[:32]),
            (tr("Signed by"), (bundle.signer if bundle else None) or "-"),
        ]
        self.name_line = f"{card.name} {card.version}"
        self.ids.facts.clear_widgets()
        for name, value in lines:
            self.ids.facts.add_widget(Fact(name=name, value=value))
        self.use = f"{tr(card.intended_use)} {tr(card.disclaimer)}"
        accuracy = gate.get("accuracy", {})
        self.figures = tr("{p} of {n} test photos got the right class. Verdict of the gate: {v}.").format(
            p=percent(accuracy.get("exported") or 0),
            n=accuracy.get("support", "?"),
            v=tr(choices.GATES.get(gate.get("verdict", ""), "-")),
        )
        self.say_skin_types(gate)
        self.ids.classes.clear_widgets()
        for label in card.labels:
            name = tr(choices.LABELS.get(label.code, label.name))
            measured = recall_of(gate, label.code)
            row = ClassRow(name=name, tier=label.tier.value)
            if measured:
                row.share, row.low, row.high = measured.share, measured.low, measured.high
                interval = f"{percent(measured.low)} \u2013 {percent(measured.high)}"
                row.second = f"{percent(measured.share)} ({interval}), n = {measured.support}"
            else:
                row.second = tr("not evaluated for this model.")
            self.ids.classes.add_widget(row)

    def say_skin_types(self, gate: Mapping[str, Any]) -> None:
        """How often photos of each skin type got the right class, or that nobody has looked."""
        tr, place = self.app.tr, self.ids.skin_types
        place.clear_widgets()
        rows = [row for row in gate.get("skin_types", ()) if row.get("label") is None]
        self.skin = "" if rows else tr("By skin type: not evaluated for this model.")
        for row in rows:
            found = recall(float(row["recall_exported"]), int(row["support"]))
            interval = f"{percent(found.low)} \u2013 {percent(found.high)}"
            said = f"{percent(found.share)} ({interval}), n = {found.support}"
            place.add_widget(Fact(name=tr("Skin type {type}: ").format(type=row["skin_type"]), value=said))
