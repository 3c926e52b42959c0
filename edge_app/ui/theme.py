"""Colours, type and direction as Kivy properties, so that every screen follows a change at once."""

from __future__ import annotations

from pathlib import Path

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty

from edge_app.ui import palette

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
TEXT_SCALES = (1.0, 1.2, 1.4, 1.6)
# Font names by script: (regular, strong).
FACES = {
    "latin": ("Body", "Strong"),
    "arabic": ("BodyArabic", "StrongArabic"),
    "devanagari": ("BodyDevanagari", "StrongDevanagari"),
}
FILES = {
    "Body": "Inter-Regular.otf",
    "Strong": "Inter-SemiBold.otf",
    "BodyArabic": "NotoSansArabic-Regular.ttf",
    "StrongArabic": "NotoSansArabic-Bold.ttf",
    "BodyDevanagari": "NotoSansDevanagari-Regular.ttf",
    "StrongDevanagari": "NotoSansDevanagari-Bold.ttf",
    "Icons": "MaterialIcons-Subset.ttf",
}


class Theme(EventDispatcher):
    """The current look. Every colour of the palette is a property of the same name."""

    is_dark = BooleanProperty(False)
    version = NumericProperty(0)
    is_rtl = BooleanProperty(False)
    text_scale = NumericProperty(1.0)
    language = StringProperty("en")
    ground = ColorProperty(palette.LIGHT["ground"])
    surface = ColorProperty(palette.LIGHT["surface"])
    sunken = ColorProperty(palette.LIGHT["sunken"])
    outline = ColorProperty(palette.LIGHT["outline"])
    limb = ColorProperty(palette.LIGHT["limb"])
    ink = ColorProperty(palette.LIGHT["ink"])
    muted = ColorProperty(palette.LIGHT["muted"])
    primary = ColorProperty(palette.LIGHT["primary"])
    primary_ink = ColorProperty(palette.LIGHT["primary_ink"])
    primary_soft = ColorProperty(palette.LIGHT["primary_soft"])
    primary_soft_ink = ColorProperty(palette.LIGHT["primary_soft_ink"])
    urgent = ColorProperty(palette.LIGHT["urgent"])
    urgent_soft = ColorProperty(palette.LIGHT["urgent_soft"])
    soon = ColorProperty(palette.LIGHT["soon"])
    soon_soft = ColorProperty(palette.LIGHT["soon_soft"])
    routine = ColorProperty(palette.LIGHT["routine"])
    routine_soft = ColorProperty(palette.LIGHT["routine_soft"])
    unknown = ColorProperty(palette.LIGHT["unknown"])
    unknown_soft = ColorProperty(palette.LIGHT["unknown_soft"])
    notifiable = ColorProperty(palette.LIGHT["notifiable"])
    notifiable_soft = ColorProperty(palette.LIGHT["notifiable_soft"])
    info = ColorProperty(palette.LIGHT["info"])
    info_soft = ColorProperty(palette.LIGHT["info_soft"])

    def on_is_dark(self, _: object, is_dark: bool) -> None:
        """Take the other palette."""
        for name, code in (palette.DARK if is_dark else palette.LIGHT).items():
            setattr(self, name, palette.rgba(code))
        # What picks a colour by its name waits for the whole palette.
        self.version += 1


def register_fonts() -> None:
    """Give the font files their names."""
    for name, file in FILES.items():
        LabelBase.register(name, str(FONTS / file))
