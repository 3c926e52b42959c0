"""Things to read: a name with its value, a line of the audit log, and what stands where there is nothing yet."""

from __future__ import annotations

from kivy.properties import StringProperty

from edge_app.ui.widgets.layout import Row, Stack, Surface


class Fact(Row):
    """A name and its value beside each other; both wrap."""

    name = StringProperty("")
    value = StringProperty("")


class LogRow(Surface):
    """What was done, on what, when."""

    icon = StringProperty("")
    title = StringProperty("")
    second = StringProperty("")


class Empty(Stack):
    """An icon, what is missing, what to do."""

    icon = StringProperty("")
    title = StringProperty("")
    second = StringProperty("")
