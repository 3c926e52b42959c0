"""The working report: what a developer looks at, on this machine alone. Only here may photos be shown.

A folder with report.html, report.md and gate.json. It is no bundle, and nothing of it goes into one.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from edge_app.runtime.card import ModelCard
from export.gate.examine import Findings
from export.gate.report import report_html, section
from export.gate.report_markdown import report_markdown

PHOTOS_MAX = 200
QUALITY = 85
NOTE = (
    "Photos whose answer changed, most harm first. They are people's skin: this page is for your eyes alone, and is no"
    " part of the bundle."
)
END = "</main></body></html>"
STYLE = (
    "<style>.photos{display:grid;grid-template-columns:repeat(auto-fill,minmax(132px,1fr));gap:12px}"
    ".photos figure{margin:0;font-size:12.5px}.photos img{width:100%;border-radius:8px;display:block}"
    ".photos .lost{color:var(--fail)}.photos .gained{color:var(--pass)}</style>"
)


def write_working_report(
    folder: Path, gate: Mapping[str, Any], card: ModelCard, findings: Findings, *, with_photos: bool
) -> None:
    """Write the three files into `folder`, which is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    page = report_html(gate, card)
    if with_photos:
        page = page.replace(END, STYLE + section("Changed photos", NOTE, changed_photos(findings)) + END)
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "report.md").write_text(report_markdown(gate, card), encoding="utf-8")
    (folder / "gate.json").write_text(json.dumps(gate, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def changed_photos(findings: Findings) -> str:
    """The changed photos as the model saw them: lost answers first, then gained, then wrong ones that changed."""
    photos, before, after = findings.reference.photos, findings.reference.answers, findings.answers
    codes = [label.code for label in findings.reference.labels]
    lost, gained = before == photos.truth, after == photos.truth
    changed = np.flatnonzero(before != after)
    order = sorted(changed, key=lambda i: (not lost[i], not gained[i], photos.truth[i]))
    figures = [
        figure(
            photos.images[i], photos.ids[i], f"{codes[photos.truth[i]]}: {codes[before[i]]} → {codes[after[i]]}",
            "lost" if lost[i] else "gained" if gained[i] else "",
        )
        for i in order[:PHOTOS_MAX]
    ]  # fmt: skip
    return f'<div class="photos">{"".join(figures)}</div>' if figures else "<p>None.</p>"


def figure(image: np.ndarray, name: str, text: str, kind: str) -> str:
    """One photo, uint8 `[S, S, 3]`, with what was said of it."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<figure><img alt="{escape(name)}" src="data:image/jpeg;base64,{data}">'
        f'<figcaption class="{kind}">{escape(text)}<br><small>{escape(name)}</small></figcaption></figure>'
    )
