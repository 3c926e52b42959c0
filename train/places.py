"""Results travel, and a path may say whose computer they come from: what they say of files is the last name only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from train.data.spec import PHANTOM, recorded_parts

# In a word of a command line, where a path ends with the word or with what a data spelling puts behind it.
IN_WORD = re.compile(r"(?:^|(?<=[:=+]))~?/(?:[^/+,]*/)*(?=[^/])")
# In a sentence, where blanks end it; folders with blanks in their names are known from the spelling.
IN_TEXT = re.compile(r"(?:^|(?<=[\s:=+('\"]))~?/(?:[^/\s]+/)+(?=[^/\s])")


def placeless(value: Any, folders: Iterable[str] = ()) -> Any:
    """JSON `value` with no absolute path in any of its texts; `folders` are known to stand there, blanks and all."""
    known = sorted({folder.rstrip("/") + "/" for folder in folders if folder.rstrip("/")}, key=len, reverse=True)

    def clean(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: command(one) if key == "command" else clean(one) for key, one in inner.items()}
        if isinstance(inner, list | tuple):
            return [clean(one) for one in inner]
        if not isinstance(inner, str):
            return inner
        for folder in known:
            inner = inner.replace(folder, "")
        return IN_TEXT.sub("", inner)

    return clean(value)


def command(words: Any) -> Any:
    """A command line without absolute folders."""
    return [IN_WORD.sub("", str(word)) for word in words] if isinstance(words, list) else words


def folders_of(*spellings: str | None) -> list[str]:
    """The folders that the paths of data spellings lie in."""
    parts = [part for text in spellings if text and ":" in text for part in recorded_parts(text)]
    return [str(Path(part.path).expanduser().parent) for part in parts if part.kind != PHANTOM and "/" in part.path]
