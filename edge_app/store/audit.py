"""The audit log: what was done when, each line sealed and chained to the one before, so that none can be taken out.

The chain shows a removed, swapped or changed line. It does not show that the last lines were cut off; a backup does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.runtime.errors import StoreError
from edge_app.store import sealing

START = b"dermedge audit"


@dataclass(frozen=True)
class Entry:
    """One line."""

    at: str
    event: str
    detail: str


def following(last: tuple[int, bytes] | None, entry: Entry, key: bytes) -> tuple[int, bytes]:
    """The row (number, sealed) that comes after `last`."""
    number, digest = (last[0] + 1, chained(last[1])) if last else (1, chained(START))
    plain = json.dumps({"at": entry.at, "event": entry.event, "detail": entry.detail, "after": digest}).encode()
    return number, sealing.seal(key, plain, place_of(number))


def read(rows: Sequence[tuple[int, bytes]], key: bytes) -> tuple[Entry, ...]:
    """The entries of `rows` in their order; StoreError where the chain is broken."""
    entries, previous = [], START
    for wanted, (number, sealed) in enumerate(rows, 1):
        data = json.loads(sealing.unseal(key, sealed, place_of(number)))
        if number != wanted or data["after"] != chained(previous):
            raise StoreError(f"line {wanted} of the audit log was removed or replaced; keep this file as evidence")
        entries.append(Entry(data["at"], data["event"], data["detail"]))
        previous = sealed
    return tuple(entries)


def chained(sealed: bytes) -> str:
    """What a line says of the one before it."""
    return hashlib.sha256(sealed).hexdigest()


def place_of(number: int) -> bytes:
    """What a line is bound to."""
    return sealing.associated("audit", "line", 1, str(number))
