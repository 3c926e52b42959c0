"""One class of a model card: its recall as a point in its interval."""

from __future__ import annotations

from kivy.properties import NumericProperty, StringProperty

from edge_app.ui.widgets.layout import Stack


class ClassRow(Stack):
    """Shares are 0..1."""

    name = StringProperty("")
    second = StringProperty("")
    tier = StringProperty("routine")
    share = NumericProperty(0)
    low = NumericProperty(0)
    high = NumericProperty(0)
