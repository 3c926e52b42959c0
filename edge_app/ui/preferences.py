"""The few settings that are no secret: language, look, text size, lock time, whether consent was given, which model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from edge_app.store.auto_lock import CHOICES_S, DEFAULT_S
from edge_app.store.whole import write_whole
from edge_app.ui.words import LANGUAGES

FILE = "settings.json"
LOOKS = ("light", "dark")
SCALES = (1.0, 1.2, 1.4, 1.6)


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Every value is one of a few; others are replaced by the default."""

    language: str = "en"
    look: str = "light"
    text_scale: float = 1.0
    lock_after_s: int = DEFAULT_S
    consented_at: str = ""
    toured: bool = False

    def changed(self, **values: Any) -> Preferences:
        """A copy with other values."""
        return replace(self, **values)


ALLOWED: dict[str, tuple[Any, ...]] = {
    "language": tuple(LANGUAGES),
    "look": LOOKS,
    "text_scale": SCALES,
    "lock_after_s": CHOICES_S,
}


def load(folder: Path) -> Preferences:
    """The preferences in `folder`; the defaults where there are none, or where they are damaged."""
    try:
        data = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return Preferences()
    if not isinstance(data, dict):
        return Preferences()
    known = {f.name: type(getattr(Preferences(), f.name)) for f in fields(Preferences)}
    good = {name: data[name] for name, kind in known.items() if type(data.get(name)) is kind}
    return Preferences(**{name: v for name, v in good.items() if name not in ALLOWED or v in ALLOWED[name]})


def save(folder: Path, preferences: Preferences) -> None:
    """Write them whole."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, json.dumps(asdict(preferences), indent=1).encode())
