"""Photos that the model, its temperature or its calibration has seen must not judge it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edge_app.runtime.errors import CheckpointError, OverlapError
from export.gate.photos import PhotoSet
from train.data.identity import HASH_DIGITS, archives_of_run, names_may_agree, shared_group_digest

EXAMPLES = 3
VALIDATION = "validation"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Photos seen for one purpose: beginnings of the SHA-256 of their files, and of their lesions or patients.

    Names of lesions and patients count within `archives` only.
    """

    purpose: str
    photos: frozenset[str]
    groups: frozenset[str]
    archives: tuple[str, ...] = ("",)


def seen_by(purpose: str, photos: PhotoSet) -> Seen:
    """`photos` as photos seen for `purpose`."""
    groups = frozenset(map(shared_group_digest, photos.ids, photos.groups)) - {""}
    files = frozenset(digest[:HASH_DIGITS] for digest in photos.hashes)
    return Seen(purpose=purpose, photos=files, groups=groups, archives=photos.archives)


def seen_in_training(splits: dict[str, Any] | None) -> list[Seen]:
    """What the checkpoint's own split lists say of training and validation; empty when it has none."""
    if splits is None:
        return []
    purposes = {"train": "training", "val": VALIDATION}
    try:
        lists = {name: splits["splits"][name] for name in purposes}
        return [
            Seen(purpose=purposes[name], photos=frozenset(part["photos"]), groups=frozenset(part["groups"]),
                 archives=archives_of_run(splits))
            for name, part in lists.items()
        ]  # fmt: skip
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"the checkpoint's split lists are damaged ({error!r}); train again") from error


def refuse_overlap(gate: PhotoSet, seen: Iterable[Seen]) -> None:
    """OverlapError that counts and names the gate photos that were seen before, by file or by lesion or patient."""
    files = [digest[:HASH_DIGITS] for digest in gate.hashes]
    groups = list(map(shared_group_digest, gate.ids, gate.groups))
    for earlier in seen:
        same_file = [i for i, file in zip(gate.ids, files, strict=True) if file in earlier.photos]
        named = names_may_agree(earlier.archives, gate.archives)
        same_group = [i for i, group in zip(gate.ids, groups, strict=True) if named and group in earlier.groups]
        for found, how in ((same_file, "the same file"), (same_group, "the same lesion or patient")):
            if found:
                more = ", ..." if len(found) > EXAMPLES else ""
                raise OverlapError(
                    f"{len(found)} of {len(gate.ids)} gate photos were seen in {earlier.purpose} ({how}):"
                    f" {', '.join(found[:EXAMPLES])}{more}; gate with photos that the model has not seen"
                )
