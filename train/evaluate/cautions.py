"""What a reader must know before any figure: on the page, in the summary and on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SEEN = (("train", "trained on"), ("val", "chosen by"))


def cautions(result: Mapping[str, Any]) -> list[str]:
    """A sentence each about `result`, the content of evaluation.json; what makes figures flatter comes first."""
    seen = result["seen_in_run"]
    said = [
        f"{seen[name]} of these photos, or others of their lesions, are what the model was {what}: the figures flatter."
        for name, what in SEEN
        if seen.get(name)
    ]
    if not seen:
        said.append("Which photos the model was trained on is not known here, so whether these are is unchecked.")
    said += [f"{note[:1].upper()}{note[1:]}." for note in result["data"]["notes"]]
    if result["validation"] is None:
        said.append(f"No temperature is fitted and no threshold chosen: {result['not_chosen_since']}.")
    elif result["malignant"] and not result["malignant"]["operating_points"]:
        said.append(f"No operating point is chosen: {result['malignant']['no_points_since']}.")
    if result["unseen_classes"]:
        rows = result["unseen_classes"]["rows"]
        named = ", ".join(f"{row['label']} ({row['photos']} photos)" for row in rows)
        said.append(f"The model has never seen {named}: counted apart.")
    return said
