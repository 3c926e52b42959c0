"""What a data set says of a photo beside its class, in one vocabulary for all sets.

The fields are absent or None where the set does not say: an empty cell, "unknown", "UNK", "nan" and the scale -1 all
mean that. Anything else that does not fit is a mistake in the file and an error, never a guess.
"""

from __future__ import annotations

import math
from typing import TypedDict

from edge_app.runtime.errors import DataError

NOTHING = frozenset(("", "unk", "unknown", "nan", "na", "n/a", "none", "null"))
SEXES = {"male": "male", "m": "male", "female": "female", "f": "female"}
ROMAN = ("i", "ii", "iii", "iv", "v", "vi")
AGE_MAX_YEARS = 120.0
TRUTHS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}


class Metadata(TypedDict, total=False):
    """Fields that evaluation and audit tell people apart by.

    fitzpatrick: skin type, 1 (lightest) to 6. sex: "female" or "male". age_years: as recorded, often rounded to 5.
    site: body site in the set's own words, small letters. acquisition: "dermoscopy", "clinical" (a camera), "phone",
    "generated". patient, lesion: names that are unique within the set.
    """

    fitzpatrick: int | None
    sex: str | None
    age_years: float | None
    site: str | None
    acquisition: str | None
    patient: str | None
    lesion: str | None


def word_of(text: str) -> str | None:
    """`text` in small letters with single blanks; None for nothing recorded."""
    word = " ".join(text.lower().split())
    return None if word in NOTHING else word


def sex_of(text: str, place: str) -> str | None:
    """ "female", "male" or None; DataError for another word."""
    word = word_of(text)
    if word is not None and word not in SEXES:
        raise DataError(f"{place}: sex is {text!r}; allowed: male, female, unknown or nothing")
    return None if word is None else SEXES[word]


def age_of(text: str, place: str) -> float | None:
    """Years, 0 to 120; DataError for anything else that is not empty."""
    word = word_of(text)
    if word is None:
        return None
    try:
        years = float(word)
    except ValueError:
        years = math.nan
    if not 0.0 <= years <= AGE_MAX_YEARS:
        raise DataError(f"{place}: age is {text!r}; allowed: 0 to {AGE_MAX_YEARS:g} years or nothing")
    return years


def fitzpatrick_of(text: str, place: str) -> int | None:
    """Skin type 1 to 6 of "3", "3.0" or "III"; None of nothing and of -1, which Fitzpatrick17k writes for it."""
    word = word_of(text)
    if word is None:
        return None
    if word in ROMAN:
        return ROMAN.index(word) + 1
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if value == -1:
        return None
    if value not in range(1, 7):
        raise DataError(f"{place}: Fitzpatrick type is {text!r}; allowed: 1 to 6, I to VI, -1 or nothing")
    return int(value)


def truth_of(text: str, place: str) -> str:
    """ "true", "false" or "" (unknown) of a symptom's cell; DataError for another word."""
    word = word_of(text)
    if word is not None and word not in TRUTHS:
        raise DataError(f"{place}: {text!r} is neither true nor false; allowed: True, False, UNK or nothing")
    return "" if word is None else TRUTHS[word]
