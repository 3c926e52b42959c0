"""Lists of classes: one code a line, or a JSON list of {code, name, tier, notifiable}.

Codes that dermedge knows bring their names and tiers; an unknown code alone gets the middle tier.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import LabelError
from edge_app.runtime.labels import KNOWN, Label, RiskTier, label

CODE = re.compile(r"\w[\w .+()-]{0,63}")


def read_labels(path: Path) -> tuple[Label, ...]:
    """The classes in `path`, in the order of the model's outputs; LabelError for a list that makes no sense."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else "no UTF-8 text"
        raise LabelError(f"labels {path} cannot be read ({reason}); give a text file with one code a line") from error
    if text.lstrip().startswith("{"):
        raise LabelError(
            f"labels {path} hold a JSON object; give a JSON list of {{code, name, tier}}, or one code a line"
        )
    if text.lstrip().startswith("["):
        labels = tuple(label_of(item, f"labels {path}, entry {n}") for n, item in enumerate(json_list(text, path)))
    else:
        labels = tuple(label(line.strip()) for line in text.splitlines() if line.strip())
    refuse_strange_codes(labels, path)
    for named in ([one.code for one in labels], [one.name for one in labels]):
        twice = next((one for one in named if named.count(one) > 1), None)
        if twice is not None:
            raise LabelError(
                f"labels {path} name {twice!r} twice; every class stands once, in the order of the outputs"
            )
    if len(labels) < 2:
        raise LabelError(f"labels {path} hold {len(labels)} classes; a classifier has 2 or more, one code a line")
    return labels


def refuse_strange_codes(labels: Sequence[Label], path: Path) -> None:
    """LabelError for a code that could not name a folder of photos or a column of a table."""
    for one in labels:
        if not CODE.fullmatch(one.code):
            raise LabelError(
                f"labels {path} have the code {one.code[:60]!r}; allowed: at most 64 letters, digits,"
                " spaces and _ . + - ( )"
            )


def json_list(text: str, path: Path) -> list[Any]:
    """The JSON list in `text`."""
    try:
        return list(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise LabelError(f"labels {path} are no JSON list ({error}); give [{{code, name, tier}}, ...]") from error


def label_of(item: object, place: str) -> Label:
    """One entry of a JSON list; a known code may leave out everything else."""
    if not isinstance(item, dict) or not isinstance(item.get("code"), str) or not item["code"]:
        raise LabelError(f"{place} is {str(item)[:60]!r}; allowed: an object with code, name, tier and notifiable")
    strange = sorted(set(item) - {"code", "name", "tier", "notifiable"})
    if strange:
        raise LabelError(f"{place} has {strange[0]!r}; allowed: code, name, tier and notifiable")
    known = KNOWN.get(item["code"], Label(item["code"], item["code"], RiskTier.SOON))
    tier, notifiable = item.get("tier", known.tier.value), item.get("notifiable", known.notifiable)
    if tier not in [one.value for one in RiskTier]:
        raise LabelError(f"{place} has the tier {str(tier)[:60]!r}; allowed: {', '.join(RiskTier)}")
    if not isinstance(notifiable, bool) or not isinstance(item.get("name", ""), str):
        raise LabelError(f"{place}: name is text and notifiable true or false")
    return Label(item["code"], item.get("name", known.name), RiskTier(tier), notifiable)
