"""What a search has found so far, on disk, so that an interrupted one goes on where it stopped.

A hidden folder beside the bundle holds each candidate's file and answers. It belongs to one `key`, a digest of all that
decides what comes out; another key finds it emptied. It vanishes when the search has come to an end, good or bad, and
stays when it was interrupted or the disk was full.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from export.progress import say

KEY, ANSWERS = "key.txt", "answers.npz"
READ_ERRORS = (OSError, ValueError, EOFError, KeyError, BadZipFile)


@dataclass(frozen=True)
class Memory:
    """The folder of one search."""

    folder: Path

    def place(self, scheme: str) -> Path:
        """The folder of one candidate, made when it is not there."""
        place = self.folder / scheme
        place.mkdir(parents=True, exist_ok=True)
        return place

    def answers(self, scheme: str) -> dict[str, np.ndarray] | None:
        """What `keep` was given; None when there is nothing whole."""
        try:
            with np.load(self.folder / scheme / ANSWERS, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except READ_ERRORS:
            return None

    def keep(self, scheme: str, answers: Mapping[str, np.ndarray]) -> None:
        """Remember the answers of one candidate."""
        whole = self.place(scheme) / ANSWERS
        partial = whole.with_suffix(".part.npz")
        np.savez(partial, **answers)  # type: ignore[arg-type]
        os.replace(partial, whole)


@contextmanager
def remembered(folder: Path, key: str) -> Iterator[Memory]:
    """The memory in `folder`, if it is that of `key`, else an empty one; kept where it may go on, else removed."""
    if not (folder / KEY).is_file() or (folder / KEY).read_text(encoding="utf-8") != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / KEY).write_text(key, encoding="utf-8")
    try:
        yield Memory(folder)
    except BaseException as error:
        if may_go_on(error):
            say(f"what was found so far is kept in {folder}; the same command goes on from there")
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def may_go_on(error: BaseException) -> bool:
    """Whether the same command may succeed after `error`: an interruption, or a refusal of the system (a full disk)."""
    return isinstance(error, (KeyboardInterrupt, OSError)) or isinstance(error.__cause__, OSError)


def key_of(**facts: Any) -> str:
    """SHA-256 of `facts`, which JSON can write."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
