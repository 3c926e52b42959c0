"""The colours, light and dark, each with the part it plays; text keeps WCAG's contrast of 4.5 on its ground."""

from __future__ import annotations

Colour = tuple[float, float, float, float]

# `ink` comes first: a label has it by default, and what a rule chooses instead must be set after it.
LIGHT = {
    "ink": "#14202A",
    "ground": "#F4F6F8",
    "surface": "#FFFFFF",
    "sunken": "#E9EEF1",
    "outline": "#C9D2D9",
    "limb": "#B9C6CE",
    "muted": "#52616D",
    "primary": "#0A6A6C",
    "primary_ink": "#FFFFFF",
    "primary_soft": "#D6ECEB",
    "primary_soft_ink": "#07494B",
    "urgent": "#B01F1A",
    "urgent_soft": "#FBE3E1",
    "soon": "#8A5100",
    "soon_soft": "#FCEFD6",
    "routine": "#186437",
    "routine_soft": "#DDF1E4",
    "unknown": "#57389B",
    "unknown_soft": "#EAE3F8",
    "notifiable": "#9A1560",
    "notifiable_soft": "#FBE1EF",
    "info": "#24558F",
    "info_soft": "#E0EBF8",
}
DARK = {
    "ink": "#E9F0F2",
    "ground": "#0D1316",
    "surface": "#172024",
    "sunken": "#212C31",
    "outline": "#3B4A52",
    "limb": "#4A5C66",
    "muted": "#A9B8BF",
    "primary": "#62CCC8",
    "primary_ink": "#002F2F",
    "primary_soft": "#143F40",
    "primary_soft_ink": "#B9ECE9",
    "urgent": "#FF9A91",
    "urgent_soft": "#4A1F1C",
    "soon": "#F6BE68",
    "soon_soft": "#41300F",
    "routine": "#85D7A2",
    "routine_soft": "#163823",
    "unknown": "#C9B5FA",
    "unknown_soft": "#35264F",
    "notifiable": "#FF9CCB",
    "notifiable_soft": "#4A1A36",
    "info": "#9CC4F7",
    "info_soft": "#1A3350",
}
# Fitzpatrick types I to VI, as swatches to compare with; a guide for the eye and no measurement.
SKIN_TYPES = {"I": "#F6DCCB", "II": "#EBC4A6", "III": "#D3A07A", "IV": "#AE7A55", "V": "#7E5237", "VI": "#4A2F22"}


def rgba(code: str) -> Colour:
    """(red, green, blue, 1), each 0..1, of "#0A6A6C"."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue, 1.0


def luminance(code: str) -> float:
    """Relative luminance 0..1 (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba(code)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 (WCAG 2.2, 1.4.3)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
