"""The audit of one data set: look at every photo once, then count and compare."""

from __future__ import annotations

from typing import Any

from edge_app.runtime.errors import DataError
from train.audit import copies, counts
from train.audit.duplicates import clusters, find, spread
from train.audit.findings import all_findings, verdict_of
from train.audit.fingerprint import BITS, THRESHOLD_BITS
from train.audit.look import look
from train.data.pixels import rows_of
from train.data.sample import Dataset
from train.data.spec import DataSpec, open_data
from train.data.splits import split
from train.places import folders_of, placeless
from train.provenance import provenance
from train.run_data import data_sha256

SCHEMA_VERSION = 1
PAIRS_MAX = 1000


def audit(spec: DataSpec, *, seed: int, copies_count: int, command: list[str]) -> dict[str, Any]:
    """Everything about the data that `spec` names, JSON values only; see docs/data.md for what it means.

    `seed` cuts data that bring no splits of their own, as a run with that seed would; `copies_count` photos are spoilt
    to see how many copies would be found. DataError where the data break their format.
    """
    dataset = open_data(spec)
    looks = list(rows_of(dataset.samples, look, "audited"))
    assigned, refused = assignment(dataset, seed, spec.scheme)
    duplicates = find(dataset, looks, assigned)
    findings = all_findings(dataset, looks, duplicates.pairs, assigned, refused)
    connected = clusters(duplicates.pairs)
    result = {
        "schema_version": SCHEMA_VERSION,
        "data": spec.whole,
        "scheme": spec.scheme,
        "name": dataset.name,
        "label_map": spec.label_map.name if spec.label_map else None,
        "data_sha256": data_sha256(dataset, {s.id: one.sha256 for s, one in zip(dataset.samples, looks, strict=True)}),
        "splits_from": splits_from(dataset, seed, spec.scheme, assigned),
        "photos": len(dataset.samples),
        "groups": counts.group_sizes(dataset),
        "classes": counts.classes(dataset, assigned),
        "subgroups": counts.subgroups(dataset),
        "sizes": counts.sizes(looks),
        "duplicates": {
            "threshold_bits": THRESHOLD_BITS, "bits": BITS, "photos_compared": duplicates.compared,
            "pairs_compared": duplicates.compared * (duplicates.compared - 1) // 2,
            "pairs_at_distance": spread(duplicates.pairs_at), "clusters": len(connected),
            "largest_cluster": len(connected[0]) if connected else 0,
            "pairs_found": len(duplicates.pairs), "pairs": [pair.to_json() for pair in duplicates.pairs[:PAIRS_MAX]],
        },
        "copies": copies.rates(dataset, looks, copies_count, seed) if copies_count else [],
        "findings": [finding.to_json() for finding in findings],
        "verdict": verdict_of(findings),
        "provenance": provenance(command, "cpu"),
    }  # fmt: skip
    return dict(placeless(result, folders_of(spec.whole)))


def assignment(dataset: Dataset, seed: int, scheme: str) -> tuple[dict[str, str], str]:
    """Split of each id, and "" or why training takes none; splits that the data bring stand as they are, leaks too."""
    theirs = dataset.fixed_splits if dataset.fixed_splits is not None and not scheme else {}
    try:
        parts = split(dataset, seed, scheme).named()
    except DataError as error:
        return {sample.id: theirs[sample.id] for sample in dataset.samples if theirs}, str(error)
    return {sample.id: name for name, part in parts.items() for sample in part}, ""


def splits_from(dataset: Dataset, seed: int, scheme: str, assigned: dict[str, str]) -> str:
    """Where the splits come from, in words."""
    if not assigned:
        return "none"
    if dataset.fixed_splits is not None and not scheme:
        return "the data's own"
    return f"seed {seed}, {scheme or '70/15/15'}"
