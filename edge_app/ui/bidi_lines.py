"""Arabic for a label that knows only left to right: wrap first, then shape the letters, then order each line.

Kivy neither joins Arabic letters nor orders lines. Wrapping must come first: once a line is in visual order, its first
words stand at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LEFT_TO_RIGHT_MARK = "\u200e"
DATE_LIKE = re.compile(r"\d+(?:[-:/]\d+)+")
# Letters, and the joined forms that shaping makes of them.
ARABIC = ((0x0600, 0x06FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))
DEVANAGARI = (0x0900, 0x097F)


def script_of(text: str) -> str:
    """arabic, devanagari or latin: the first of the former two that `text` holds."""
    for character in text:
        code = ord(character)
        if any(first <= code <= last for first, last in ARABIC):
            return "arabic"
        if DEVANAGARI[0] <= code <= DEVANAGARI[1]:
            return "devanagari"
    return "latin"


def visual(text: str, width_px: float, measure: Callable[[str], float]) -> str:
    """`text` in visual order, in lines of at most `width_px`, as `measure` (of shaped text) has it."""
    lines = [line for paragraph in text.split("\n") for line in wrapped(paragraph, width_px, measure)]
    return "\n".join(ordered(line) for line in lines)


def wrapped(paragraph: str, width_px: float, measure: Callable[[str], float]) -> list[str]:
    """Lines in logical order; a word wider than a line gets one to itself."""
    lines: list[str] = []
    line = ""
    for word in paragraph.split():
        longer = f"{line} {word}".strip()
        if line and measure(shaped(longer)) > width_px:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]


def shaped(text: str) -> str:
    """`text` with the letters' joined forms."""
    import arabic_reshaper

    return str(arabic_reshaper.reshape(text))


def ordered(line: str) -> str:
    """One shaped line in visual order (Unicode Bidirectional Algorithm), read from the right."""
    from bidi.algorithm import get_display

    return str(get_display(marked(shaped(line)), base_dir="R")).replace(LEFT_TO_RIGHT_MARK, "")


def marked(text: str) -> str:
    """`text` with a mark before each date or range: after an Arabic word, rule W2 would turn its parts around."""
    return DATE_LIKE.sub(lambda found: LEFT_TO_RIGHT_MARK + found.group(), text)
