"""A first-use tour on phantoms: how to take the photo, and the three kinds of answer."""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, StringProperty

from edge_app.ui.choices import LOW_RISK
from edge_app.ui.page import Page
from edge_app.ui.screens.home import sample
from edge_app.ui.widgets.signs import texture_of
from edge_app.ui.words import mark

# (phantom, badge, title, text)
PAGES = (
    (0, "", mark("Close, sharp, in daylight"),
     mark("Fill a third of the frame with the lesion, hold still, avoid glare. The app says what to mend.")),
    (1, "urgent", mark("A shape, a word, a colour"),
     mark("A result says how soon to refer, how probable each class is, and how often that was right in tests.")),
    (2, "unknown", mark("It may say: I do not know"),
     mark("When it is unsure or has seen nothing like it, it says so. That is an answer: refer.")),
    (3, "routine", mark("Low risk is not no risk"),
     LOW_RISK),
)  # fmt: skip


class TourPage(Page):
    """Four pages; the pictures are drawings."""

    index = NumericProperty(0)
    tier = StringProperty("")
    heading = StringProperty("")
    words = StringProperty("")

    def fill(self) -> None:
        """Begin at the first page."""
        self.turn(0)

    def turn(self, index: int) -> None:
        """Show a page."""
        self.index = index
        picture, self.tier, self.heading, self.words = PAGES[index]
        self.ids.photo.texture = texture_of(sample(picture))

    def on_next(self) -> None:
        """The next page, or home."""
        if self.index + 1 < len(PAGES):
            self.turn(self.index + 1)
        else:
            self.act()

    def act(self, *_: Any) -> None:
        """Leave the tour for good."""
        if self.app.attempt(lambda: self.session.prefer(toured=True)):
            self.app.go("home", forget=True)
