"""One visit of a case."""

from __future__ import annotations

from kivy.properties import StringProperty

from edge_app.ui.widgets.layout import Card


class VisitCard(Card):
    """When, what was answered, by which model."""

    title = StringProperty("")
    said = StringProperty("")
    second = StringProperty("")
