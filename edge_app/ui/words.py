"""The app's words in the user's language: gettext catalogues (`edge_app/i18n/*.po`), English being the key.

A PO file is read as it is, so that nothing needs compiling and a translator's file is what the app ships.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import resources

from edge_app.runtime.errors import ConfigError

# Code, its own name, whether it is written from right to left.
LANGUAGES = {
    "en": ("English", False),
    "es": ("Español", False),
    "fr": ("Français", False),
    "pt": ("Português", False),
    "ar": ("العربية", True),
    "hi": ("हिन्दी", False),
}


def mark(text: str) -> str:
    """`text` itself: marks English that is translated where it is shown, for the check of the catalogues."""
    return text


def translator(language: str) -> Callable[[str], str]:
    """A function from English to `language`; what has no translation stays English."""
    words = catalogue(language)
    return lambda text: words.get(text) or text


def catalogue(language: str) -> dict[str, str]:
    """English to `language`; empty for English itself."""
    if language not in LANGUAGES:
        raise ConfigError(f"language {language!r} is unknown; allowed: {', '.join(LANGUAGES)}")
    if language == "en":
        return {}
    text = resources.files("edge_app").joinpath("i18n", f"{language}.po").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> dict[str, str]:
    """msgid to msgstr of a PO file; the header (empty msgid) is left out."""
    entries: list[dict[str, str]] = []
    part = ""
    for number, line in enumerate(text.splitlines(), 1):
        keyword, _, rest = line.partition(" ")
        if keyword in ("msgid", "msgstr"):
            part = keyword
            if part == "msgid":
                entries.append({"msgid": "", "msgstr": ""})
            line = rest
        elif not line.startswith('"'):
            continue
        if not entries:
            raise ConfigError(f"line {number} of the catalogue comes before any msgid")
        entries[-1][part] += quoted(line, number)
    return {entry["msgid"]: entry["msgstr"] for entry in entries if entry["msgid"]}


def quoted(line: str, number: int) -> str:
    """The text in a PO string."""
    try:
        value = ast.literal_eval(line.strip())
    except (ValueError, SyntaxError):
        value = None
    if not isinstance(value, str) or not line.strip().startswith('"'):
        raise ConfigError(f"line {number} of the catalogue is no quoted text: {line[:60]!r}")
    return value
