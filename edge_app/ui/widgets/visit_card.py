"""One visit of a case, in the list and as a photo with what was answered."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from edge_app.ui.widgets.buttons import Pressable
from edge_app.ui.widgets.layout import Stack, Surface


class VisitCard(Pressable, Surface):
    """When, what was answered, by which model; pressed, it is the one that the last is compared with."""

    title = StringProperty("")
    said = StringProperty("")
    second = StringProperty("")
    is_shown = BooleanProperty(False)


class VisitPhoto(Stack):
    """A visit's last photo over its date and its answer."""

    texture = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    second = StringProperty("")
