"""Does it work for everybody? The same figures for each skin type, sex, age band, body site and acquisition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from train.data.sample import Sample
from train.evaluate import weighted
from train.evaluate.bootstrap import Resampling, percentile_interval, share_interval
from train.evaluate.enough import CLASS_MIN, GROUPS_MIN, POSITIVES_MIN, count, support_of
from train.evaluate.malignant import share
from train.evaluate.photos import Evaluated

UNKNOWN = "not recorded"
AGE_EDGES = (30, 45, 60, 75)
ROMAN = ("I", "II", "III", "IV", "V", "VI")


def fitzpatrick(value: str) -> str:
    """Skin type as the Roman numeral of "3" or "3.0"; -1 and the like mean unknown."""
    number = as_number(value)
    return f"type {ROMAN[int(number) - 1]}" if number is not None and number in range(1, 7) else UNKNOWN


def age_band(value: str) -> str:
    """Band of an age in years."""
    age = as_number(value)
    if age is None or age < 0:
        return UNKNOWN
    if age < AGE_EDGES[0]:
        return f"under {AGE_EDGES[0]}"
    for low, high in pairwise(AGE_EDGES):
        if age < high:
            return f"{low} to {high - 1}"
    return f"{AGE_EDGES[-1]} and over"


def as_number(value: str) -> float | None:
    """A finite number in `value`, None where there is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def word(value: str) -> str:
    """A value as it stands, in small letters."""
    return value.strip().lower() or UNKNOWN


# What is told apart: title, name of the attribute, and how its values become subgroups.
DIVISIONS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("Fitzpatrick skin type", "fitzpatrick", fitzpatrick),
    ("Sex", "sex", word),
    ("Age in years", "age_years", age_band),
    ("Body site", "site", word),
    ("Acquisition", "acquisition", word),
)
ORDER = (*(f"type {r}" for r in ROMAN), "under 30", "30 to 44", "45 to 59", "60 to 74", "75 and over")


def subgroup_tables(
    evaluated: Evaluated, called: np.ndarray | None, group: np.ndarray, resampling: Resampling
) -> list[dict[str, Any]]:
    """One table for each division that the data record; `called` bool [N] is the malignant call at the chosen point."""
    tables = []
    for title, name, band in DIVISIONS:
        values = np.array([band(attribute_of(sample, name)) for sample in evaluated.photos.samples])
        found = sorted({str(value) for value in values}, key=place_of)
        if found in ([], [UNKNOWN]):
            found = []
        rows = [subgroup_row(value, values == value, evaluated, called, group, resampling) for value in found]
        tables.append({"title": title, "name": name, "rows": rows})
    return tables


def place_of(value: str) -> tuple[bool, int, str]:
    """Key that sorts types and bands as they rise, then words, and what is not recorded last."""
    return value == UNKNOWN, ORDER.index(value) if value in ORDER else len(ORDER), value


def attribute_of(sample: Sample, name: str) -> str:
    """What the data say of a photo; "" for nothing."""
    value = sample.metadata.get(name)
    return "" if value is None else str(value)


def subgroup_row(
    value: str, inside: np.ndarray, evaluated: Evaluated, called: np.ndarray | None, group: np.ndarray,
    resampling: Resampling,
) -> dict[str, Any]:  # fmt: skip
    """Support and figures of one subgroup; figures are None where there are too few lesions or patients."""
    part = evaluated.subset(inside)
    truth, probabilities = part.photos.truth, part.probabilities
    own = Resampling(part.photos.groups, resampling.replicates, resampling.seed)
    right = probabilities.argmax(1) == truth
    support = support_of(truth, own.groups)
    row: dict[str, Any] = {"value": value, "photos": len(truth), "groups": support.groups,
                           "too_few": support.groups < GROUPS_MIN,
                           "malignant": int(group[truth].sum())}  # fmt: skip
    if row["too_few"]:
        return row | dict.fromkeys(("accuracy", "balanced_accuracy", "sensitivity", "specificity"))
    drawn = own.of(lambda weights: figures(weights, truth, probabilities))
    at = figures(np.ones((1, len(truth))), truth, probabilities)
    row["accuracy"] = share_interval(float(right.mean()), drawn["accuracy"], own.groups, right).to_json()
    balanced = percentile_interval(float(at["balanced_accuracy"][0]), drawn["balanced_accuracy"])
    row["balanced_accuracy"] = balanced.to_json() if support.smallest >= CLASS_MIN else None
    return row | called_row(part, None if called is None else called[inside], group, own)


def figures(weights: np.ndarray, truth: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy and balanced accuracy, [R] each."""
    matrices = weighted.confusions(weights, truth, probabilities.argmax(1), probabilities.shape[1])
    return {"accuracy": weighted.accuracies(matrices), "balanced_accuracy": weighted.balanced_accuracies(matrices)}


def called_row(part: Evaluated, called: np.ndarray | None, group: np.ndarray, own: Resampling) -> dict[str, Any]:
    """Sensitivity and specificity of the malignant call; None where fewer than ten lesions would count."""
    positive = group[part.photos.truth]
    row: dict[str, Any] = {}
    for name, among in (("sensitivity", positive), ("specificity", ~positive)):
        enough = count(own.groups[among]) >= POSITIVES_MIN
        hit = called if name == "sensitivity" or called is None else ~called
        row[name] = share(hit, among, own) if enough and hit is not None else None
    return row
