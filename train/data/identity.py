"""How photos and lesions are known again where the data are not: beginnings of SHA-256, as split lists keep them.

A photo is its file's bytes. A lesion's or patient's name means something within its archive only: patient 12 of one
hospital is not patient 12 of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from train.data.sample import Dataset, Sample, sha256_of

HASH_DIGITS = 16


def photo_digest(sample: Sample) -> str:
    """Of the photo file's bytes."""
    return sha256_of(sample)[:HASH_DIGITS]


def group_digest(group: str) -> str:
    """Of the name of a lesion or patient."""
    return hashlib.sha256(group.encode()).hexdigest()[:HASH_DIGITS]


def shared_group_digest(sample_id: str, group: str) -> str:
    """As `group_digest`; "" for a photo that is its own group, whose name is only a file's name."""
    return "" if group == sample_id else group_digest(group)


def names_may_agree(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether lesions and patients of one name can be the same in data of archives `some` and of `others`.

    "" stands for a set that names no archive, which may be of any: a leak that is not seen costs more than a warning.
    """
    one, other = set(some), set(others)
    return bool(one & other) or "" in one | other


def archives_of_run(splits: dict[str, object]) -> tuple[str, ...]:
    """The archives that the lists of a run name; ("",) in lists of before they did."""
    recorded = splits.get("archives")
    return tuple(map(str, recorded)) if isinstance(recorded, list) and recorded else ("",)


def archives_in(dataset: Dataset) -> list[str]:
    """The archives of `dataset` as split lists record them."""
    return sorted(set(dataset.archives))
