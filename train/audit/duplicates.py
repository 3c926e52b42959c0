"""Photos that are copies of each other, and what that does to splits, labels and groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from train.audit.fingerprint import BITS, COEFFICIENTS, THRESHOLD_BITS, TRIMS, close_pairs
from train.audit.look import Look
from train.data.sample import Dataset, Sample

# Of the copies of one file, so many pairs are told one by one; a file that stands there 500 times has 124,750.
EXACT_PAIRS_MAX = 2000


@dataclass(frozen=True)
class Pair:
    """Two photos, `distance_bits` apart (0 for one and the same file, `exact`)."""

    first: Sample
    second: Sample
    exact: bool
    distance_bits: int
    split: tuple[str, str]
    codes: tuple[str, str]

    @property
    def parted(self) -> bool:
        """Whether they stand in two splits."""
        return self.split[0] != self.split[1] and all(self.split)

    @property
    def strangers(self) -> bool:
        """Whether the data take them for different lesions or patients, so that some split may part them."""
        return self.first.group != self.second.group

    @property
    def contradict(self) -> bool:
        """Whether they have different classes."""
        return self.codes[0] != self.codes[1]

    def to_json(self) -> dict[str, Any]:
        """For audit.json."""
        return {"ids": [self.first.id, self.second.id], "exact": self.exact, "distance_bits": self.distance_bits,
                "splits": list(self.split), "classes": list(self.codes), "same_group": not self.strangers}  # fmt: skip


@dataclass(frozen=True)
class Duplicates:
    """All pairs, exact ones first; `pairs_at` counts the pairs of readable photos at each distance, int64 [256]."""

    pairs: list[Pair]
    pairs_at: np.ndarray
    compared: int


def find(dataset: Dataset, looks: list[Look], assigned: dict[str, str]) -> Duplicates:
    """Every pair of copies among the samples; `assigned` says the split of each id, "" or nothing where it has none."""
    samples = dataset.samples
    exact = {pair: 0 for pair in same_files(looks)}
    readable = [i for i, one in enumerate(looks) if one.values is not None]
    values = np.array([one.values for one in looks if one.values is not None], np.float32).reshape(
        -1, len(TRIMS), COEFFICIENTS, COEFFICIENTS
    )
    near, counts = close_pairs(values, THRESHOLD_BITS)
    close = {(readable[a], readable[b]): distance for a, b, distance in near}

    def pair_of(places: tuple[int, int], distance: int) -> Pair:
        one, two = samples[places[0]], samples[places[1]]
        split = (assigned.get(one.id, ""), assigned.get(two.id, ""))
        codes = (dataset.labels[one.label].code, dataset.labels[two.label].code)
        return Pair(one, two, places in exact, distance, split, codes)

    pairs = [pair_of(places, distance) for places, distance in sorted({**close, **exact}.items())]
    pairs.sort(key=lambda pair: (not pair.exact, pair.distance_bits))
    return Duplicates(pairs, counts, len(readable))


def same_files(looks: list[Look]) -> list[tuple[int, int]]:
    """Pairs of places whose files have the same bytes."""
    by_hash: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(looks):
        if one.sha256:
            by_hash[one.sha256].append(place)
    pairs = [pair for places in by_hash.values() for pair in combinations(places, 2)]
    return pairs[:EXACT_PAIRS_MAX]


def clusters(pairs: list[Pair]) -> list[list[str]]:
    """Ids that pairs connect, each list sorted, the longest first."""
    leader: dict[str, str] = {}

    def top(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for pair in pairs:
        leader[top(pair.first.id)] = top(pair.second.id)
    members: dict[str, list[str]] = defaultdict(list)
    for name in leader:
        members[top(name)].append(name)
    return sorted((sorted(names) for names in members.values()), key=lambda names: (-len(names), names))


def spread(
    counts: np.ndarray, width_bits: int = THRESHOLD_BITS // 2, until_bits: int = 3 * THRESHOLD_BITS
) -> list[dict[str, int]]:
    """How many pairs there are from distance to distance, so that one sees how far copies and strangers lie apart."""
    edges = range(0, min(until_bits, BITS) + 1, width_bits)
    return [
        {"from": low, "to": low + width_bits, "pairs": int(counts[low + (low > 0) : low + width_bits + 1].sum())}
        for low in edges[:-1]
    ]
