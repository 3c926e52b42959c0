"""gate.json: what the gate found, in the form that reports, phones and auditors read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge_app.runtime.labels import Label
from export.gate.clusters import repeats
from export.gate.drift import drift
from export.gate.examine import Findings
from export.gate.pooled import pooled_json
from export.gate.skin_types import skin_type_rows
from export.gate.verdict import Judgement, Row
from export.gate.wanting import photos_wanted
from export.quantize.candidate import Candidate

SCHEMA_VERSION = 1
CHANGED_MAX = 500
CONFUSION_CLASSES_MAX = 64
DIGITS = 6


def gate_json(
    findings: Findings,
    candidates: Sequence[Candidate],
    *,
    target: str,
    scheme: str,
    chosen: str,
    checked: Sequence[str],
) -> dict[str, Any]:
    """The content of gate.json for the file of `scheme`.

    `candidates` are the schemes tried on the selection photos, of which `chosen` was taken; `checked` are the
    purposes (training, ...) whose photos are known not to be among the gate's.
    """
    judgement = findings.judgement
    photos = findings.reference.photos
    rows = rows_json(judgement, findings.reference.labels)
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": judgement.verdict.value,
        "target": target,
        "scheme": scheme,
        **rows,
        "skin_types": skin_type_rows(findings),
        "agreement": rounded(findings.agreement),
        "max_logit_difference": rounded(findings.max_logit_difference),
        "latency_ms": {name: rounded(findings.latency_ms[name]) for name in ("p50", "p95")},
        "size_bytes": findings.size_bytes,
        "candidates": [candidate_json(candidate, chosen) for candidate in candidates],
        "drift": drift(findings),
        "photos": {
            "data": photos.name,
            "count": len(photos),
            "clusters": len(np.unique(photos.clusters)),
            "repeated": repeats(photos.pixels),
            "needed": photos_wanted(rows),
            "apart_from": list(checked),
        },
        "pooled": pooled_json(findings),
        "confusion": confusion_json(findings),
        "changed": changed_json(findings),
        "backend": findings.backend,
    }


def rows_json(judgement: Judgement, labels: Sequence[Label]) -> dict[str, Any]:
    """What is said of all photos, each class and each tier."""
    return {
        "accuracy": accuracy_json(judgement.accuracy),
        "classes": [
            {"label": row.name, "tier": label.tier.value, **row_json(row)}
            for row, label in zip(judgement.classes, labels, strict=True)
        ],
        "tiers": [{"tier": row.name, **row_json(row)} for row in judgement.tiers],
    }


def accuracy_json(row: Row) -> dict[str, Any]:
    """The overall row under its own names."""
    same = row_json(row)
    return {"float": same.pop("recall_float"), "exported": same.pop("recall_exported"), **same}


def row_json(row: Row) -> dict[str, Any]:
    """One class or tier; rates are null where there was no photo."""
    known = row.support > 0
    return {
        "support": row.support,
        "recall_float": rounded(row.rate_float) if known else None,
        "recall_exported": rounded(row.rate_exported) if known else None,
        "drop": rounded(row.drop) if known else None,
        "drop_upper_95": rounded(row.drop_upper_95),
        "tolerance": row.tolerance,
        "verdict": row.verdict.value,
        "lost": row.lost,
        "gained": row.gained,
        "clusters": row.clusters,
        "design_effect": rounded(row.effect),
        "mcnemar_p": rounded(row.mcnemar_p),
        "photos_needed": row.needed,
    }


def candidate_json(candidate: Candidate, chosen: str) -> dict[str, Any]:
    """One scheme with its figures on the selection photos; figures are null where it was not tried."""
    row: dict[str, Any] = {
        "scheme": candidate.scheme,
        "chosen": candidate.scheme == chosen,
        "size_bytes": candidate.size_bytes,
        "why": candidate.why,
        "verdict": None,
        "p50_ms": None,
        "agreement": None,
        "max_logit_difference": None,
        "accuracy": None,
        "worst_recall_drop": None,
        "worst_class": None,
        "photos": None,
        "classes": [],
        "stopped": candidate.stopped,
        "risk": None if candidate.risk is None else rounded(candidate.risk),
        "times_float": None if candidate.times_float is None else rounded(candidate.times_float),
        "slower_than_float": candidate.slower_than_float,
    }
    if candidate.findings is None:
        return row
    judgement = candidate.findings.judgement
    return row | {
        "verdict": None if candidate.verdict is None else candidate.verdict.value,
        "photos": len(candidate.findings.logits),
        "classes": [
            {
                "label": row.name,
                "support": row.support,
                "lost": row.lost,
                "gained": row.gained,
                "recall": rounded(row.rate_exported) if row.support else None,
            }
            for row in judgement.classes
        ],
        "p50_ms": rounded(candidate.findings.latency_ms["p50"]),
        "agreement": rounded(candidate.findings.agreement),
        "max_logit_difference": rounded(candidate.findings.max_logit_difference),
        "accuracy": rounded(judgement.accuracy.rate_exported),
        "worst_recall_drop": rounded(judgement.worst.drop),
        "worst_class": judgement.worst.name,
    }


def confusion_json(findings: Findings) -> dict[str, Any] | None:
    """Photos by true class (row) and answer (column), before and after; null for very many classes."""
    classes = len(findings.reference.labels)
    if classes > CONFUSION_CLASSES_MAX:
        return None
    truth = findings.reference.photos.truth
    tables = {"float": findings.reference.answers, "exported": findings.answers}
    return {
        name: np.bincount(truth * classes + answers, minlength=classes**2).reshape(classes, classes).tolist()
        for name, answers in tables.items()
    }


def changed_json(findings: Findings) -> dict[str, Any]:
    """Photos whose answer changed, by the beginning of their file's SHA-256: names of files may be names of people."""
    labels = [label.code for label in findings.reference.labels]
    photos, before, after = findings.reference.photos, findings.reference.answers, findings.answers
    changed = np.flatnonzero(before != after)
    rows = [
        {
            "photo": photos.hashes[i][:16],
            "label": labels[photos.truth[i]],
            "float": labels[before[i]],
            "exported": labels[after[i]],
        }
        for i in changed[:CHANGED_MAX]
    ]
    return {"count": len(changed), "photos": rows}


def card_summary(gate: dict[str, Any]) -> dict[str, Any]:
    """What the model card keeps of gate.json: the verdict and the class table; of pooled folds what it is about."""
    columns = ("label", "support", "recall_float", "recall_exported", "drop", "drop_upper_95", "tolerance", "verdict")
    return {
        "verdict": gate["verdict"],
        "accuracy": {name: gate["accuracy"][name] for name in ("float", "exported", "drop", "drop_upper_95")},
        "classes": [{name: row[name] for name in columns} for row in gate["classes"]],
        "photos": gate["photos"]["count"],
        "data": gate["photos"]["data"],
        **({"pooled": gate["pooled"]["judges"]} if gate["pooled"] else {}),
    }


def rounded(value: float) -> float:
    """Six decimals: enough to tell a photo from another in any set that fits on a disk."""
    return round(float(value), DIGITS)
