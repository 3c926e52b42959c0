"""Photos that the model, its temperature or its calibration has seen must not judge it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edge_app.runtime.errors import CheckpointError, OverlapError
from export.gate.photos import PhotoSet

# Split lists keep this many hexadecimal digits of a hash.
DIGITS = 16
EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Photos seen for one purpose: beginnings of the SHA-256 of their files, and of their lesions or patients."""

    purpose: str
    photos: frozenset[str]
    groups: frozenset[str]


def seen_by(purpose: str, photos: PhotoSet) -> Seen:
    """`photos` as photos seen for `purpose`."""
    groups = frozenset(map(group_of, photos.ids, photos.groups)) - {""}
    return Seen(purpose=purpose, photos=frozenset(digest[:DIGITS] for digest in photos.hashes), groups=groups)


def group_of(sample_id: str, group: str) -> str:
    """The group's fingerprint; "" for a photo that is its own group, whose name is only a file's name."""
    return "" if group == sample_id else hashlib.sha256(group.encode()).hexdigest()[:DIGITS]


def seen_in_training(splits: dict[str, Any] | None) -> list[Seen]:
    """What the checkpoint's own split lists say of training and validation; empty when it has none."""
    if splits is None:
        return []
    purposes = {"train": "training", "val": "validation"}
    try:
        lists = {name: splits["splits"][name] for name in purposes}
        return [
            Seen(purpose=purposes[name], photos=frozenset(part["photos"]), groups=frozenset(part["groups"]))
            for name, part in lists.items()
        ]
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"the checkpoint's split lists are damaged ({error!r}); train again") from error


def refuse_overlap(gate: PhotoSet, seen: Iterable[Seen]) -> None:
    """OverlapError that counts and names the gate photos that were seen before, by file or by lesion or patient."""
    files = [digest[:DIGITS] for digest in gate.hashes]
    groups = list(map(group_of, gate.ids, gate.groups))
    for earlier in seen:
        same_file = [i for i, file in zip(gate.ids, files, strict=True) if file in earlier.photos]
        same_group = [i for i, group in zip(gate.ids, groups, strict=True) if group in earlier.groups]
        for found, how in ((same_file, "the same file"), (same_group, "the same lesion or patient")):
            if found:
                more = ", ..." if len(found) > EXAMPLES else ""
                raise OverlapError(
                    f"{len(found)} of {len(gate.ids)} gate photos were seen in {earlier.purpose} ({how}):"
                    f" {', '.join(found[:EXAMPLES])}{more}; gate with photos that the model has not seen"
                )
